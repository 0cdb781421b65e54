import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHolder, readHost } from '../../src/host/boot.ts';
import { diagnose } from '../../src/host/doctor.ts';
import { enterArgv } from '../../src/host/namespace.ts';
import { alive, readRef, sendSignal } from '../../src/host/process.ts';
import { killAll, resetAll } from '../../src/host/stop.ts';
import { findTools } from '../../src/host/tools.ts';
import { engineStarts, fakeEngine } from './fake-engine.ts';
import { type ScratchHome, scratchHome, until } from './harness.ts';

const here = import.meta.dirname;
const tools = findTools(process.env);

const launch = (home: ScratchHome, engine: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  home.run([process.execPath, join(here, 'host-launch.ts')], { env: { PODSTEAD_TEST_ENGINE: JSON.stringify(engine), ...env } });

const service = (home: ScratchHome, name: string) => until(() => readRef(join(home.paths().net, `${name}.pid`)), { what: `${name} runs` });

/** In the namespaces. */
const inside = async (home: ScratchHome, ...argv: string[]) => (await home.run([...enterArgv(home.paths(), tools), ...argv])).stdout;

describe('services of the node network', function () {
  this.timeout(30_000);

  for (const name of ['dns', 'egress'])
    it(`${name}: its end wakes the engine, which starts it again`, async () => {
      await using home = scratchHome();
      // as the engine does it: in a session of its own, by the functions of network.sh
      await launch(
        home,
        fakeEngine(home, `. "$PD_SCRIPTS/network.sh"; lives "$net/${name}.pid" || setsid sh -c '. "$PD_SCRIPTS/network.sh"; ${name}'`),
      );
      await until(() => engineStarts(home).length === 1, { what: 'the first start' });
      const first = await service(home, name);
      assert.equal(sendSignal(first, 'SIGKILL'), true);
      await until(() => !alive(first) && engineStarts(home).length >= 2, { what: 'the engine is woken' });
      const second = await service(home, name);
      assert.notDeepEqual(second, first);
    });

  it('names of hosts files are answered, on the bridge', async () => {
    await using home = scratchHome();
    await launch(home, fakeEngine(home, 'exit 0'));
    await service(home, 'dns');
    await home.run(['sh', '-c', 'echo 10.244.0.7 web.default.svc.cluster.local >"$1"', 'sh', join(home.paths().net, 'hosts/uid')]);
    const ask = ['busybox', 'nslookup', '-type=a', 'web.default.svc.cluster.local', '10.244.0.1'];
    await until(async () => /10\.244\.0\.7/.test(await inside(home, 'nsenter', `--net=${home.paths().netns}`, ...ask)), {
      what: 'an answer',
    });
  });

  it('without a default route there is no way out, and that is written down', async () => {
    await using home = scratchHome();
    const script = join(home.dir, 'no-route.sh');
    writeFileSync(script, '. "$PD_SCRIPTS/network.sh"\nhas_route() { return 1; }\nlives "$net/egress.pid" && kill "$pid"\negress\n');
    await launch(home, fakeEngine(home, `sh ${script}`));
    await until(() => readFileSync(join(home.paths().net, 'egress'), 'utf8') === 'none: this machine has no default route\n', {
      what: 'the state of the way out',
    });
  });
});

describe('a machine that lacks something', function () {
  this.timeout(30_000);

  it('newuidmap fails: its words and what helps', async () => {
    await using home = scratchHome();
    if (home.user.uid === 0) return;
    home.fakeTool('newuidmap', 'echo "newuidmap: uid range [1-65536) -> [100000-165535) not allowed" >&2; exit 1');
    const { code, stdout } = await launch(home, ['true']);
    assert.equal(code, 1);
    assert.match(stdout, /^SUBID_MISSING: no usable range for .*\nnewuidmap: uid range/);
    assert.match(stdout, /sudo usermod --add-subuids/);
    assert.equal(readHolder(home.paths()), undefined);
  });

  it("unshare without power (AppArmor): buildah's namespace is used", async () => {
    await using home = scratchHome();
    if (home.user.uid === 0) return;
    // only the one that would make our namespaces: pods' networks are made with it as well
    home.fakeTool(
      'unshare',
      'case "$*" in *--map-auto*) echo "unshare: unshare failed: Operation not permitted" >&2; exit 1;; esac; exec /usr/bin/unshare "$@"',
    );
    const { code, stdout, stderr } = await launch(home, fakeEngine(home, 'exit 0'));
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${home.dir}/run/podstead\n`, stderr: '' });
    await until(() => engineStarts(home).length >= 1 && readHost(home.paths()), { what: 'an engine' });
    assert.equal(
      await inside(home, 'sh', '-c', 'cut -c1-30 /proc/self/uid_map | wc -l; stat -f -c %T "$0"', home.paths().tmp),
      '2\ntmpfs\n',
    );
  });

  it('systemd does not answer: it is done without', async () => {
    await using home = scratchHome();
    if (!existsSync('/run/systemd/system')) return;
    home.fakeTool('systemd-run', 'echo "Failed to connect to bus" >&2; exit 1');
    assert.equal((await launch(home, fakeEngine(home, 'exit 0'))).code, 0);
    await until(() => engineStarts(home).length === 1, { what: 'an engine' });
  });

  it('doctor tries it out, and leaves nothing', async () => {
    await using home = scratchHome();
    const script = `import { hostFacts } from '${here}/../../src/host/doctor-facts.ts'; import { findTools } from '${here}/../../src/host/tools.ts';
      console.log(JSON.stringify(await hostFacts(process.env, process.getuid(), findTools(process.env))));`;
    const { stdout, stderr } = await home.run([process.execPath, '--input-type=module', '-e', script]);
    assert.equal(stderr, '');
    const facts = JSON.parse(stdout);
    assert.deepEqual({ namespace: facts.namespace, overlay: facts.overlay }, { namespace: 'ok', overlay: 'ok' });
    assert.deepEqual(readdirSync(join(home.dir, 'data')), []);
    assert.deepEqual(
      diagnose({ ...facts, openFiles: 1e6 }).filter((finding) => finding.level === 'missing'),
      [],
    );
  });
});

describe('the end of everything', function () {
  this.timeout(30_000);

  it('kills processes of containers too, and nothing that is not ours', async () => {
    await using home = scratchHome();
    await launch(home, fakeEngine(home, 'sleep 600'));
    await until(() => engineStarts(home).length === 1 && readHost(home.paths()), { what: 'an engine' });
    const [enter, ...rest] = enterArgv(home.paths(), tools);
    // like a container: other mount and process namespaces, another id
    const container = home.run([
      enter,
      ...rest,
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      'setpriv',
      '--reuid=1',
      '--clear-groups',
      'sleep',
      '601',
    ]);
    const stranger = home.run(['sleep', '1']);
    await until(async () => (await home.run(['pgrep', '-f', '^sleep 601'])).stdout !== '', { what: 'the container' });
    await killAll(home.paths());
    assert.equal((await container).code, 137);
    assert.equal((await stranger).code, 0);
    assert.deepEqual(readdirSync(join(home.dir, 'run')), []);
  });

  it('reset removes files of containers as well', async () => {
    await using home = scratchHome();
    await launch(home, fakeEngine(home, 'exit 0'));
    await until(() => readHost(home.paths()), { what: 'a settled holder' });
    const paths = home.paths();
    await inside(home, 'sh', '-c', 'mkdir -p "$0/web/data" && chown -R 33:33 "$0/web" && chmod 700 "$0/web"', paths.volumes);
    mkdirSync(paths.config, { recursive: true });
    if (process.getuid?.() === home.user.uid) await resetAll(paths, tools, home.env);
    else {
      const script = `import { resetAll } from '${here}/../../src/host/stop.ts'; import { loadPaths } from '${here}/../../src/host/boot.ts';
        import { findTools } from '${here}/../../src/host/tools.ts'; await resetAll(loadPaths(process.env, process.getuid()), findTools(process.env), process.env);`;
      assert.deepEqual(
        { ...(await home.run([process.execPath, '--input-type=module', '-e', script])), ms: 0 },
        { code: 0, stdout: '', stderr: '', ms: 0 },
      );
    }
    assert.deepEqual(
      [existsSync(paths.data), existsSync(paths.state), existsSync(paths.run), existsSync(paths.config)],
      [false, false, false, true],
    );
  });
});
