/** Days on which not we but the world around us fails: another boot, a full disk, tools that hang or lie, two plays at once, sleep. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Play } from '../../src/api/objects.ts';
import { readHolder } from '../../src/host/boot.ts';
import { type ProcessRef, sendSignal } from '../../src/host/process.ts';
import { killAll } from '../../src/host/stop.ts';
import { until } from './harness.ts';
import { BUSYBOX } from './images.ts';
import { disorder, readRows } from './kill/disorder.ts';
import { type Podstead, podstead } from './kill/podstead.ts';
import { ourProcesses, type Role } from './kill/processes.ts';

const pod = (name: string, command = `trap "exit 0" TERM; sleep 100000 & wait`, more = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: ${BUSYBOX}
    command: [sh, -c, '${command}']${more}
`;

const running = (it: Podstead, role: Role) => ourProcesses(it.home.paths()).filter((p) => p.role === role);
const containersOf = (it: Podstead) => readRows(it.home.paths()).containers.filter((c) => c.state === 'running');

describe('bad days', function () {
  this.timeout(120_000);
  let it1: Podstead;

  beforeEach(async () => {
    it1 = await podstead();
  });
  afterEach(() => it1.home[Symbol.asyncDispose]());

  it('two plays at once: one after the other, both done', async () => {
    const names = ['one', 'two', 'three'];
    const ran = await Promise.all(names.map((name) => it1.run(['play', 'kube', '-q', '-'], { input: pod(name) })));
    assert.deepEqual(
      ran.map(({ code, stdout, stderr }) => [code, stdout, stderr]),
      names.map((name) => [0, `pod/${name} created\n`, '']),
    );
    const { items } = JSON.parse(await it1.ok(['get', 'plays', '-o', 'json'])) as { items: Play[] };
    const times = items.map(({ status }) => [status?.startedAt ?? '', status?.finishedAt ?? '']).sort();
    assert.equal(times.length, 3);
    for (const [at, [began = '']] of times.entries()) if (at > 0) assert.ok(began >= (times[at - 1]?.[1] ?? ''), JSON.stringify(times));
    assert.deepEqual(await settled(it1), []);
  });

  it('after a reboot all counts as stopped: readers and delete start nothing, resume brings back', async () => {
    await it1.ok(['play', 'kube', '-q', '-'], { input: `${pod('stays')}---${pod('goes')}---${pod('goes-too')}` });
    await reboot(it1);
    const get = await it1.run(['get', 'pods', '--no-headers']);
    assert.match(get.stdout, /^goes +0\/1 +Stopped .*\n.*\nstays +0\/1 +Stopped /);
    assert.match(get.stderr, /podstead resume/);
    assert.equal(readHolder(it1.home.paths()), undefined, 'a reader wakes nobody');
    await it1.ok(['delete', 'pod', 'goes']);
    await it1.ok(['kube', 'down', '-q', '-'], { input: pod('goes-too') });
    assert.deepEqual(
      containersOf(it1).map((c) => c.pod),
      [],
      'delete and down start nothing',
    );
    assert.equal((await it1.ok(['get', 'pods', '-o', 'name'])).trim(), 'pod/stays');
    await it1.ok(['resume']);
    await until(() => containersOf(it1).length === 1, { what: 'what should run is back', timeoutMs: 10_000 });
    assert.deepEqual(await settled(it1), []);
  });

  it('sleeps, and is back for a container that ends', async () => {
    await it1.ok(['play', 'kube', '-q', '-'], { input: pod('sleeper') });
    await until(() => running(it1, 'engine').length === 0, { what: 'the engine is gone', timeoutMs: 10_000 });
    const at = performance.now();
    kill(containersOf(it1)[0]?.process);
    await until(() => restarts(it1) === 1 && containersOf(it1).length === 1, { what: 'its container runs again', timeoutMs: 10_000 });
    console.log(`      restarted ${Math.round(performance.now() - at)} ms after its death`);
    assert.deepEqual(await settled(it1), []);
  });

  it('is back also when nothing of ours ran', async () => {
    await it1.ok(['play', 'kube', '-q', '-'], { input: pod('sleeper') });
    await until(() => running(it1, 'engine').length === 0, { what: 'the engine is gone', timeoutMs: 10_000 });
    kill(running(it1, 'holder')[0]);
    const at = performance.now();
    kill(containersOf(it1)[0]?.process);
    await until(() => restarts(it1) === 1 && containersOf(it1).length === 1, { what: 'its container runs again', timeoutMs: 10_000 });
    console.log(`      restarted ${Math.round(performance.now() - at)} ms after its death`);
    assert.equal(running(it1, 'holder').length, 1);
    assert.deepEqual(await settled(it1), []);
  });
});

const kill = (ref: ProcessRef | undefined): void => {
  assert.ok(ref && sendSignal(ref, 'SIGKILL'), 'it lived');
};
const restarts = (it: Podstead): number | undefined => readRows(it.home.paths()).pods[0]?.status?.containerStatuses?.[0]?.restartCount;

/** What is out of order when it should have come to rest. */
async function settled(it: Podstead): Promise<string[]> {
  let last: string[] = [];
  const look = async () => {
    last = await disorder(it.home.paths());
    return last.length === 0;
  };
  await until(look, { what: 'order', timeoutMs: 10_000 }).catch(() => undefined);
  return last;
}

/** Nothing lives any more, everything that is on disk is as it was, and the boot has another id. A runtime directory in /tmp is still there. */
async function reboot(it: Podstead): Promise<void> {
  const paths = it.home.paths();
  await killAll(paths);
  mkdirSync(join(paths.run, 'net/ports'), { recursive: true, mode: 0o700 });
  for (const [file, text] of [
    ['holder.pid', '2 1\n'],
    ['engine.sock', ''],
    ['due', 'exit\n'],
    ['net/dns.pid', '2 1\n'],
  ] as const)
    writeFileSync(join(paths.run, file), text);
  const other = '00000000-0000-4000-8000-000000000000';
  writeFileSync(paths.hostFile, JSON.stringify({ bootId: other, run: paths.run, userNs: '1', mntNs: '1' }));
  writeFileSync(paths.holderLock, `2 1 ${other} ${paths.run}\n`);
  const db = new DatabaseSync(paths.store);
  db.prepare(`UPDATE meta SET value = ? WHERE key = 'activeBoot'`).run(other);
  for (const bucket of ['sandbox', 'container'])
    db.prepare(`UPDATE records SET value = json_set(value, '$.bootId', ?) WHERE bucket = ?`).run(other, bucket);
  db.close();
}
