import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { withLogin } from '../../src/cli/registry-options.ts';
import { ScratchWorld } from './scratch-world.ts';

describe('registries', () => {
  let world: ScratchWorld;
  beforeEach(() => {
    world = new ScratchWorld();
  });
  afterEach(() => world[Symbol.dispose]());

  it('credentials are in a private file for as long as it takes', async () => {
    const setup = { storageConf: `${world.directory}/storage.conf` };
    const seen = await withLogin(setup, ['reg.example/a', 'nginx'], { credentials: 'ada:x', tlsVerify: false }, async (options) => ({
      ...options,
      mode: statSync(options.authFile ?? '').mode & 0o777,
      registries: Object.keys(JSON.parse(readFileSync(options.authFile ?? '', 'utf8')).auths),
    }));
    const { authFile: _, ...rest } = seen;
    assert.deepEqual(rest, { tlsVerify: false, mode: 0o600, registries: ['reg.example', 'docker.io'] });
    const failing = withLogin(setup, ['nginx'], { credentials: 'ada:x' }, () => Promise.reject(new RangeError('no')));
    await assert.rejects(failing, RangeError);
    assert.deepEqual(readdirSync(world.directory), []);
  });

  it('localhost/ is never pulled', async () => {
    const { code, out, err } = await world.podstead('pull nginx localhost/app:1');
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /localhost\/app:1: localhost\/ is never pulled.*\n.*podstead build -t localhost\/app:1 DIR/);
  });
});
