import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bootId,
  enginePaths,
  isStopped,
  loadPaths,
  markStopped,
  parseHolder,
  parseHost,
  readHolder,
  takeRun,
} from '../../src/host/boot.ts';
import { pathsOf } from '../../src/host/paths.ts';
import { processRef } from '../../src/host/process.ts';
import { stopHolder, takeStopMark } from '../../src/host/stop.ts';

const record = { bootId: 'b', run: '/r', userNs: '1', mntNs: '2' };

describe('boot', () => {
  const hosts: { name: string; text: string; want: ReturnType<typeof parseHost> }[] = [
    { name: 'complete', text: JSON.stringify(record), want: record },
    { name: 'stopped', text: JSON.stringify({ ...record, stopped: true }), want: { ...record, stopped: true } },
    { name: 'with what a later version may add', text: JSON.stringify({ ...record, more: 1 }), want: record },
    { name: 'empty', text: '', want: undefined },
    { name: 'half of it', text: '{"bootId":"b"', want: undefined },
    { name: 'null', text: 'null', want: undefined },
    { name: 'another type', text: JSON.stringify({ ...record, run: 1 }), want: undefined },
  ];
  for (const row of hosts) it(`host.json: ${row.name}`, () => assert.deepEqual(parseHost(row.text), row.want));

  const holders: { name: string; text: string; want: ReturnType<typeof parseHolder> }[] = [
    { name: 'its line', text: '12 4711 b /run/user/1 x\n', want: { pid: 12, start: '4711', run: '/run/user/1 x' } },
    { name: 'over a longer one', text: '12 4711 b /r\nn/user/1000/podstead\n', want: { pid: 12, start: '4711', run: '/r' } },
    { name: 'of another boot', text: '12 4711 a /r\n', want: undefined },
    { name: 'empty', text: '', want: undefined },
  ];
  for (const row of holders) it(`holder.lock: ${row.name}`, () => assert.deepEqual(parseHolder(row.text, 'b'), row.want));

  it('the engine is told all of it', () => {
    const paths = pathsOf({ uid: 1000, data: '/d', run: '/r', state: '/s', config: '/c' });
    assert.deepEqual(enginePaths({ PD_UID: '1000', PD_DATA: '/d', PD_RUN: '/r', PD_STATE: '/s', PD_CONFIG: '/c' }), paths);
    assert.throws(() => enginePaths({}), /PD_UID is not set/);
  });

  describe('of this machine', () => {
    let dir: string;
    let env: NodeJS.ProcessEnv;
    beforeEach(() => {
      dir = mkdtempSync('/tmp/p-');
      env = { HOME: dir, XDG_DATA_HOME: dir, XDG_RUNTIME_DIR: `${dir}/run` };
      for (const sub of ['podstead', 'run/podstead', 'other']) mkdirSync(join(dir, sub), { recursive: true });
    });
    afterEach(() => rmSync(dir, { recursive: true }));
    const write = (change: object) =>
      writeFileSync(`${dir}/podstead/host.json`, JSON.stringify({ ...record, bootId: bootId(), run: `${dir}/other`, ...change }));

    const rows: { name: string; prepare: () => void; run: string; stopped: boolean }[] = [
      { name: 'nothing is recorded', prepare: () => undefined, run: 'run/podstead', stopped: true },
      { name: 'another directory is in use', prepare: () => write({}), run: 'other', stopped: false },
      { name: 'of another boot', prepare: () => write({ bootId: 'x' }), run: 'run/podstead', stopped: true },
      { name: 'the directory is gone', prepare: () => write({ run: `${dir}/gone` }), run: 'run/podstead', stopped: true },
      { name: 'system down', prepare: () => write({ stopped: true }), run: 'other', stopped: true },
      {
        name: 'a holder lives that has not recorded anything yet',
        prepare: () => {
          const ref = processRef(process.pid);
          writeFileSync(`${dir}/podstead/holder.lock`, `${ref?.pid} ${ref?.start} ${bootId()} ${dir}/other\n`);
        },
        run: 'other',
        stopped: false,
      },
      {
        name: 'that holder is dead',
        prepare: () => writeFileSync(`${dir}/podstead/holder.lock`, `${process.pid} 1 ${bootId()} ${dir}/other\n`),
        run: 'run/podstead',
        stopped: true,
      },
    ];
    for (const row of rows)
      it(row.name, () => {
        row.prepare();
        const paths = loadPaths(env, 1000);
        assert.deepEqual({ run: paths.run, stopped: isStopped(paths) }, { run: join(dir, row.run), stopped: row.stopped });
      });

    it('two stores with one XDG_RUNTIME_DIR do not get into each other', () => {
      const first = loadPaths(env, 1000);
      takeRun(first);
      takeRun(loadPaths(env, 1000));
      const second = loadPaths({ ...env, XDG_DATA_HOME: `${dir}/second` }, 1000);
      assert.equal(loadPaths(env, 1000).run, first.run);
      assert.match(second.run, new RegExp(`^${first.run}-[0-9a-f]{8}$`));
      assert.throws(() => takeRun({ ...second, owner: first.owner }), { code: 'HOST_UNSUPPORTED' });
    });

    it('is marked as stopped', async () => {
      write({});
      await markStopped(loadPaths(env, 1000));
      assert.equal(isStopped(loadPaths(env, 1000)), true);
      assert.equal(readHolder(loadPaths(env, 1000)), undefined);
    });

    it('system down leaves a mark that is taken once, and is nothing where nothing was', async () => {
      const paths = loadPaths(env, 1000);
      await stopHolder(paths, 0);
      let noted = 0;
      const take = () =>
        takeStopMark(paths, () => {
          noted++;
        });
      take();
      take();
      assert.deepEqual({ noted, stopped: isStopped(paths) }, { noted: 1, stopped: true });
      const elsewhere = loadPaths({ ...env, XDG_DATA_HOME: `${dir}/none` }, 1000);
      await stopHolder(elsewhere, 0);
      assert.equal(existsSync(elsewhere.data), false);
    });
  });
});
