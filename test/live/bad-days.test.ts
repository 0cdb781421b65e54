/** Days on which not we but the world around us fails: another boot, a full disk, tools that hang or lie, two plays at once, sleep. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Play } from '../../src/api/objects.ts';
import { readHolder } from '../../src/host/boot.ts';
import { type ProcessRef, sendSignal } from '../../src/host/process.ts';
import { killAll } from '../../src/host/stop.ts';
import { scratchHome, until } from './harness.ts';
import { BUSYBOX, busyboxContext } from './images.ts';
import { freePort } from './kill/app.ts';
import { disorder, readRows } from './kill/disorder.ts';
import { PODSTEAD, type Podstead, podstead } from './kill/podstead.ts';
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

interface BadTool {
  name: string;
  tool: string;
  script: string;
  want: RegExp;
}
/** Until its deadline. */
const HANGS = 'exec sleep 1000';
const BAD_TOOLS: BadTool[] = [
  { name: 'crun hangs', tool: 'crun', script: HANGS, want: /not started within 2 s\n/ },
  { name: 'crun prints garbage', tool: 'crun', script: 'echo garbage', want: /cannot make the pod's sandbox/ },
  { name: 'crun refuses', tool: 'crun', script: 'echo no way >&2; exit 3', want: /cannot make the pod's sandbox: no way/ },
  { name: 'conmon hangs', tool: 'conmon', script: HANGS, want: /not started within 2 s\n/ },
  { name: 'conmon prints garbage', tool: 'conmon', script: 'echo garbage', want: /conmon or the OCI runtime ended without a word/ },
  { name: 'conmon refuses', tool: 'conmon', script: 'echo no way >&2; exit 3', want: /StartError: .*no way/ },
  { name: 'nsenter hangs', tool: 'nsenter', script: HANGS, want: /not started within 2 s\n/ },
  { name: 'nsenter prints garbage', tool: 'nsenter', script: 'echo garbage', want: /its process died: garbage/ },
  {
    name: 'a listener ends at once',
    tool: 'systemd-socket-activate',
    script: 'echo no way >&2; exit 3',
    want: /its listener ended: no way/,
  },
  { name: 'a listener hangs', tool: 'systemd-socket-activate', script: HANGS, want: /not started within 2 s\n/ },
];

/** With it a play ends with an error that says so, and undone; without it with success. */
async function playsAgainWithout(it: Podstead, { name, tool, script, want }: BadTool): Promise<void> {
  await it.ok(['system', 'down']);
  it.home.fakeTool(tool, script);
  const published = `\n    ports: [{containerPort: 80, hostPort: ${await freePort()}, hostIP: 127.0.0.1}]`;
  const input = pod('small', undefined, published);
  const ran = await it.run(['play', 'kube', '-q', '--timeout', '2s', '-'], { input, timeoutMs: 90_000 });
  assert.deepEqual({ name, code: ran.code, stdout: ran.stdout }, { name, code: 1, stdout: '' }, ran.stderr);
  assert.match(ran.stderr, want, name);
  assert.match(ran.stderr, /everything it had done is undone/, name);
  assert.equal(await it.ok(['get', 'pods', '-o', 'name']), '');
  rmSync(join(it.home.dir, 'bin', tool));
  await it.ok(['system', 'down']);
  await it.ok(['play', 'kube', '-q', '-'], { input });
  assert.deepEqual(await settled(it), [], name);
}

/** Side by side, each in a home of its own: those that hang take their time. */
async function tryAll(rows: readonly BadTool[]): Promise<void> {
  const homes = await Promise.all(rows.map(() => podstead()));
  try {
    await Promise.all(rows.map((row, at) => playsAgainWithout(homes[at] as Podstead, row)));
  } finally {
    // what lives of one home would be a leak of the other
    for (const { home } of homes) await killAll(home.paths());
    for (const { home } of homes) await home[Symbol.asyncDispose]();
  }
}

describe('tools on bad days', function () {
  this.timeout(120_000);

  it('that hang, lie or refuse: an error that says so, everything undone; without them it goes on', () => tryAll(BAD_TOOLS));

  for (const tool of ['crun', 'conmon', 'buildah'])
    it(`${tool} is missing: said before anything is begun, with what to install`, async () => {
      await using home = scratchHome();
      for (const name of readdirSync('/usr/bin'))
        if (name !== tool && name !== 'runc') symlinkSync(`/usr/bin/${name}`, join(home.dir, 'bin', name));
      const PATH = `${home.dir}/bin`;
      const args = tool === 'buildah' ? ['pull', 'docker.io/library/x'] : ['play', 'kube', '-q', '-'];
      const ran = await home.run([PODSTEAD, ...args], { input: pod('small'), env: { PATH } });
      assert.equal(ran.code, 1, ran.stderr);
      assert.match(ran.stderr, new RegExp(`${tool}.*\\n.*apt-get install .*${tool}`));
    });
});

describe('a full disk', function () {
  this.timeout(120_000);

  it('in the middle of a play: an error that says so, everything undone; with space it goes on', async () => {
    await using home = scratchHome();
    const disk = await smallDisk(home.env['XDG_DATA_HOME'] ?? '', 12 * 1024);
    const inside = (args: readonly string[], input = '') => home.run([...disk.enter, PODSTEAD, ...args], { input, timeoutMs: 60_000 });
    const context = await busyboxContext();
    try {
      assert.equal((await inside(['build', '-q', '-t', BUSYBOX, context.directory])).code, 0);
      const manifest = `${pod('one')}---${pod('two')}`;
      // space for the store's rows and some of the files; for less than the rows; for nothing
      for (const leftKiB of [150, 60, 0]) {
        disk.fill(leftKiB);
        const ran = await inside(['play', 'kube', '-q', '--timeout', '2s', '-'], manifest);
        if (ran.code !== 0) assert.match(ran.stderr, /no space left|disk is full|full disk|not started within 2 s/i);
        disk.free();
        if (ran.code !== 0) {
          const left = async () => (await inside(['get', 'pods', '-o', 'name'])).stdout === '';
          await until(left, { what: `everything undone (${leftKiB} KiB)`, timeoutMs: 20_000 });
        }
        const again = await inside(['play', 'kube', '-q', '-'], manifest);
        assert.deepEqual({ code: again.code, stderr: again.stderr }, { code: 0, stderr: '' });
        assert.equal((await inside(['kube', 'down', '-q', '-'], manifest)).code, 0);
      }
    } finally {
      context.dispose();
      await inside(['system', 'down', '--force']);
      disk.end();
    }
  });
});

interface SmallDisk {
  /** What to put before a command so that it sees the disk. Inside it is root. */
  enter: string[];
  /** Leaves only so much. */
  fill(leftKiB: number): void;
  free(): void;
  end(): void;
}

/** A tmpfs of this size at `directory`, seen only in namespaces of its own. */
async function smallDisk(directory: string, kiB: number): Promise<SmallDisk> {
  const script = `mount -t tmpfs -o size=${kiB}k,mode=0700 tmpfs ${directory} && echo ready && read -r _`;
  const child = spawn('unshare', ['--user', '--map-root-user', '--map-auto', '--mount', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error('no disk could be mounted')));
  });
  const seen = `/proc/${child.pid}/root${directory}`;
  const big = join(seen, 'big');
  return {
    enter: ['nsenter', '-t', String(child.pid), '-U', '-m', '--preserve-credentials'],
    fill: (leftKiB) => {
      const { bavail, bsize } = statfsSync(seen);
      writeFileSync(big, Buffer.alloc(Math.max(0, bavail * bsize - leftKiB * 1024)));
    },
    free: () => rmSync(big, { force: true }),
    end: () => child.stdin.end('\n'),
  };
}

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
