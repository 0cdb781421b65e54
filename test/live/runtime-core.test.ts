/** Containers with the real tools: conmon, crun, an overlay of an image's layers. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:process';
import { alive, type ProcessRef, parseStat, sendSignal } from '../../src/host/process.ts';
import { findTools, requireTool } from '../../src/host/tools.ts';
import { WorkerPool } from '../../src/host/worker.ts';
import { findAccount } from '../../src/images/accounts.ts';
import { ImageAccounts } from '../../src/images/image-accounts.ts';
import { ImageStore } from '../../src/images/image-store.ts';
import { type ContainerInput, containerConfig, infraConfig, podSysctls } from '../../src/runtime/bundle.ts';
import { capabilitySet } from '../../src/runtime/capabilities.ts';
import { cleanupJob, infraJob, mountJob, prelude, type RuntimeLayout, startJob } from '../../src/runtime/commands.ts';
import { type Exit, readExit } from '../../src/runtime/exits.ts';
import { endLeftovers, findLeftovers, namespaceInode } from '../../src/runtime/leftovers.ts';
import { logOutput } from '../../src/runtime/log-output.ts';
import { followLog, readLog } from '../../src/runtime/logs.ts';
import { runExec } from '../../src/runtime/run-exec.ts';
import { SeccompCache } from '../../src/runtime/seccomp-cache.ts';
import { readStartFailure } from '../../src/runtime/start-failure.ts';
import { BUSYBOX, busyboxImage, testStore } from './images.ts';
import { inOwnNamespace, outsideUid } from './own-namespace.ts';

const tools = findTools(process.env);
const need = (name: Parameters<typeof requireTool>[1]): string => requireTool(tools, name);

const until = async <T>(what: string, look: () => T | undefined | false): Promise<T> => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const refs = (file: string): ProcessRef[] =>
  readFileSync(file, 'latin1')
    .trim()
    .split('\n')
    .map((line) => ({ pid: Number.parseInt(line, 10), start: parseStat(line)?.start ?? '' }));

interface Container {
  id: string;
  bundle: string;
  log: string;
  process: ProcessRef;
  conmon: ProcessRef;
}
type Wish = Partial<Omit<ContainerInput, 'namespaces'>> & { command: string[]; sharedPid?: boolean };

/** A machine of its own: one store, pods as they come. */
class Machine {
  readonly dir = mkdtempSync('/tmp/p-rt-');
  readonly layout: RuntimeLayout = {
    runtime: `${this.dir}/ro/crun`,
    root: `${this.dir}/crun`,
    cgroupManager: 'disabled',
    conmon: need('conmon'),
    exits: `${this.dir}/exits`,
    sockets: `${this.dir}/s`,
    exitCommand: ['/bin/sh', '-c', `echo "$1" >>${this.dir}/ended`, 'exit'],
  };
  readonly infraRoot = `${this.dir}/infra`;
  readonly pool = new WorkerPool({
    size: 2,
    functions: prelude(this.layout),
    sh: need('sh'),
    env: { PATH: process.env['PATH'] ?? '' },
    stderr: 2,
  });
  readonly store = new ImageStore(`${this.dir}/images`);
  readonly seccomp = new SeccompCache({
    layout: this.layout,
    job: (script, options) => this.pool.job(script, options),
    directory: `${this.dir}/cache`,
    scratch: this.dir,
    infraRoot: this.infraRoot,
    profiles: `${this.dir}/profiles`,
    arch,
    versions: '1',
  });
  #count = 0;
  readonly infras: ProcessRef[] = [];

  async start(): Promise<void> {
    for (const sub of ['ro', 'crun', 'exits', 's', 'infra/dev']) mkdirSync(`${this.dir}/${sub}`, { recursive: true });
    execFileSync('/bin/sh', [
      '-c',
      'cp "$1" "$2/infra/"; : >"$2/ro/crun"; mount --bind "$3" "$2/ro/crun"; mount -o remount,bind,ro "$2/ro/crun"',
      'sh',
      need('catatonit'),
      this.dir,
      need('crun'),
    ]);
    await busyboxImage(testStore(this.dir, outsideUid()));
  }

  async job(script: string): Promise<number> {
    return this.pool.job(script, { timeoutMs: 20_000 });
  }

  /** A pod without a network cable. */
  async pod(sharedPid = false): Promise<{ id: string; pid: number; shm: string }> {
    const id = `pod${++this.#count}`;
    const bundle = `${this.dir}/${id}`;
    mkdirSync(`${bundle}/shm`, { recursive: true });
    chmodSync(`${bundle}/shm`, 0o1777);
    writeFileSync(`${bundle}/net`, 'link set lo up\n');
    const config = infraConfig({
      rootfs: this.infraRoot,
      hostname: id,
      sharedPid,
      netFile: `${bundle}/net`,
      sysctls: podSysctls(readFileSync('/proc/self/gid_map', 'latin1')),
      cgroupsPath: `/podstead/${id}`,
      oomScoreAdj: 0,
      tools: { sh: need('sh'), ip: need('ip') },
    });
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    assert.equal(await this.job(infraJob(id, bundle)), 0, readFileSync(`${bundle}/err`, 'utf8'));
    const [infra] = refs(`${bundle}/refs`);
    assert.ok(infra && alive(infra));
    this.infras.push(infra);
    return { id, pid: infra.pid, shm: `${bundle}/shm` };
  }

  async prepare(pod: { pid: number; shm: string }, wish: Wish): Promise<{ id: string; bundle: string }> {
    const id = `c${++this.#count}`;
    const bundle = `${this.dir}/${id}`;
    for (const sub of ['rootfs', 'upper', 'work']) mkdirSync(`${bundle}/${sub}`, { recursive: true, mode: 0o755 });
    const image = this.store.find(BUSYBOX);
    assert.ok(image);
    const mount = {
      base: this.store.layersDirectory,
      lower: image.layers,
      upper: `${bundle}/upper`,
      work: `${bundle}/work`,
      target: `${bundle}/rootfs`,
    };
    assert.equal(await this.job(mountJob(mount, `${bundle}/err`)), 0);
    const { profile, bpf } = await this.seccomp.profile('RuntimeDefault', undefined, capabilitySet({}));
    const { sharedPid, ...rest } = wish;
    const config = containerConfig({
      root: { path: `${bundle}/rootfs` },
      image: image.config,
      env: [],
      hostname: 'pod',
      user: findAccount(await new ImageAccounts().of(image), { user: { uid: 0 } }),
      security: {},
      namespaces: { infraPid: pod.pid, ...(sharedPid ? { sharedPid } : {}) },
      shm: pod.shm,
      binds: [],
      cgroupsPath: `/podstead/${id}`,
      resources: {},
      oomScoreAdj: 1000,
      seccomp: profile,
      ...(bpf === undefined ? {} : { seccompBpf: bpf }),
      ...rest,
    });
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    return { id, bundle };
  }

  async run(pod: { pid: number; shm: string }, wish: Wish): Promise<Container> {
    const { id, bundle } = await this.prepare(pod, wish);
    const log = `${bundle}/0.log`;
    const status = await this.job(startJob({ id, bundle, log, noteMounts: wish.sharedPid === true, tty: wish.tty === true }));
    assert.equal(status, 0, readFileSync(`${bundle}/err`, 'utf8'));
    const [process, conmon] = refs(`${bundle}/refs`);
    assert.ok(process && conmon);
    return { id, bundle, log, process, conmon };
  }

  ended({ id, bundle }: Container): Promise<Exit> {
    return until(`exit file of ${id}`, () => readExit(this.layout.exits, id, bundle));
  }

  async output(container: Container): Promise<string> {
    const parts: Buffer[] = [];
    for await (const bytes of logOutput(readLog(container.log))) parts.push(bytes);
    return Buffer.concat(parts).toString();
  }

  async end(): Promise<void> {
    for (const infra of this.infras) sendSignal(infra, 'SIGKILL');
    for (const infra of this.infras) await until('infra is gone', () => !alive(infra));
    const mounts = readFileSync('/proc/self/mounts', 'latin1')
      .split('\n')
      .flatMap((line) => line.split(' ').slice(1, 2))
      .filter((path) => path.startsWith(`${this.dir}/`));
    await this.job(cleanupJob(this.layout, { ids: [], mounts: mounts.reverse(), directories: [], errFile: '/dev/null' }));
    this.pool.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const inside = (): void => {
  let machine: Machine;
  let pod: { id: string; pid: number; shm: string };
  const sh = (script: string, more: Partial<Wish> = {}): Wish => ({ command: ['sh', '-c', script], ...more });

  before(async () => {
    machine = new Machine();
    await machine.start();
    pod = await machine.pod();
  });
  after(() => machine.end());

  it('what it prints is complete and in order, its code is kept', async () => {
    const container = await machine.run(
      pod,
      sh('echo out; sleep 0.05; echo err >&2; sleep 0.05; printf "%s" "$0"; exit 3', { args: ['no newline'] }),
    );
    const exit = await machine.ended(container);
    assert.deepEqual([exit.code, exit.signal, exit.oomKilled], [3, undefined, false]);
    assert.ok(Math.abs(Date.parse(exit.finishedAt) - Date.now()) < 5_000);
    assert.equal(await machine.output(container), 'out\nerr\nno newline');
    await until('conmon ends', () => !alive(container.conmon));
    assert.match(readFileSync(`${machine.dir}/ended`, 'utf8'), new RegExp(`^${container.id}$`, 'm'));
  });

  it('a signal is a code above 128', async () => {
    const container = await machine.run(pod, sh("sh -c 'kill -9 $$' & wait $!"));
    assert.equal((await machine.ended(container)).code, 137);
    const other = await machine.run(pod, { command: ['sleep', '60'] });
    sendSignal(other.process, 'SIGKILL');
    const exit = await machine.ended(other);
    assert.deepEqual([exit.code, exit.signal], [137, 9]);
  });

  it('long lines and many lines are all there', async () => {
    const container = await machine.run(
      pod,
      sh('head -c 50000 /dev/zero | tr "\\0" x; echo; seq 1 20000; head -c 20000 /dev/zero | tr "\\0" y'),
    );
    await machine.ended(container);
    const seq = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join('');
    assert.equal(await machine.output(container), `${'x'.repeat(50_000)}\n${seq}${'y'.repeat(20_000)}`);
    const tail: Buffer[] = [];
    for await (const bytes of logOutput(readLog(container.log, { tail: 2 }))) tail.push(bytes);
    assert.equal(Buffer.concat(tail).toString(), `20000\n${'y'.repeat(20_000)}`);
  });

  it('a log is followed to the end of its container', async () => {
    const container = await machine.run(pod, sh('for i in 1 2 3; do echo $i; sleep 0.05; done'));
    const parts: Buffer[] = [];
    const over = () => readExit(machine.layout.exits, container.id) !== undefined;
    for await (const bytes of logOutput(followLog(container.log, { over }))) parts.push(bytes);
    assert.equal(Buffer.concat(parts).toString(), '1\n2\n3\n');
  });

  for (const [name, command, said] of [
    ['a command that is not there', ['/no/such/program'], /no\/such\/program|No such file/],
    ['a command that is in no directory of PATH', ['nothing-of-that-name'], /nothing-of-that-name/],
    ['a command that is a directory', ['/etc'], /not permitted|denied|directory/i],
  ] as const) {
    it(`${name} is told, and nothing is left`, async () => {
      const { id, bundle } = await machine.prepare(pod, { command: [...command] });
      assert.notEqual(await machine.job(startJob({ id, bundle, log: `${bundle}/0.log` })), 0);
      const failure = readStartFailure(bundle, command[0]);
      assert.deepEqual([failure.reason, failure.exitCode, failure.permanent], ['StartError', 128, true]);
      assert.match(failure.message, said);
      assert.equal(existsSync(`${machine.layout.root}/${id}`), false);
      const pid = existsSync(`${bundle}/conmon.pid`) ? Number(readFileSync(`${bundle}/conmon.pid`, 'latin1')) : 0;
      await until(
        'conmon ends',
        () => pid === 0 || !existsSync(`/proc/${pid}/stat`) || parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.state === 'Z',
      );
      assert.equal(readExit(machine.layout.exits, id), undefined);
    });
  }

  it('a working directory is made, variables and arguments arrive as they are', async () => {
    const args = ['two words', `it's "quoted"`, '*', '', 'line\nbreak', '$HOME \\ é'];
    const container = await machine.run(
      pod,
      sh('pwd; echo "$HOME|$A|$HOSTNAME|$PATH"; for a; do echo "<$a>"; done', {
        args: ['sh', ...args],
        workdir: '/made/here',
        env: ['A=1 = "2"'],
      }),
    );
    await machine.ended(container);
    assert.equal(await machine.output(container), `/made/here\n/root|1 = "2"|pod|/bin\n${args.map((arg) => `<${arg}>\n`).join('')}`);
  });

  it('default capabilities, seccomp and masks hold', async () => {
    const script = [
      'grep -E "^(CapEff|CapInh|Seccomp|NoNewPrivs):" /proc/self/status | tr -d "\\t"',
      'mount -t tmpfs x /tmp 2>/dev/null && echo mounted',
      'unshare -m true 2>/dev/null && echo unshared',
      'hostname x 2>/dev/null && echo renamed',
      'ip link set lo down 2>/dev/null && echo down',
      '(echo 1 >/proc/sys/kernel/printk) 2>/dev/null && echo wrote',
      'cat /proc/keys | wc -c',
      'touch /sys/x 2>/dev/null && echo sys',
      'hostname',
    ].join('; ');
    const container = await machine.run(pod, sh(script));
    await machine.ended(container);
    const want = ['CapInh:0000000000000000', 'CapEff:00000000a80425fb', 'NoNewPrivs:0', 'Seccomp:2', '0', pod.id];
    assert.deepEqual((await machine.output(container)).trim().split('\n'), want);
  });

  it('a user by number has its groups and no capability', async () => {
    const image = machine.store.find(BUSYBOX);
    assert.ok(image);
    const user = findAccount(await new ImageAccounts().of(image), { user: { name: 'app' }, groups: [5001] });
    assert.deepEqual(user, { uid: 1000, gid: 1000, additionalGids: [1000, 29, 44, 5001], home: '/home/app' });
    const container = await machine.run(
      pod,
      sh('id -u; id -g; id -G; echo $HOME; grep CapEff /proc/self/status | tr -d "\\t"; grep NoNew /proc/self/status | tr -d "\\t"', {
        user,
        security: { allowPrivilegeEscalation: false },
      }),
    );
    await machine.ended(container);
    const [uid, gid, groups, ...rest] = (await machine.output(container)).trim().split('\n');
    assert.deepEqual([uid, gid, groups?.split(' ').sort()], ['1000', '1000', ['1000', '29', '44', '5001']]);
    assert.deepEqual(rest, ['/home/app', 'CapEff:0000000000000000', 'NoNewPrivs:1']);
  });

  it('profiles are compiled once, and the compiled form is what runs', async () => {
    const { bpf } = await machine.seccomp.profile('RuntimeDefault', undefined, capabilitySet({}));
    assert.ok(bpf);
    assert.deepEqual(readdirSync(`${machine.dir}/cache`).length, 1);
    const { profile } = await machine.seccomp.profile('Unconfined', undefined, capabilitySet({}));
    const container = await machine.run(
      pod,
      sh('grep ^Seccomp: /proc/self/status | tr -d "\\t"; unshare -U true && echo unshared', { seccomp: profile, seccompBpf: '' }),
    );
    await machine.ended(container);
    assert.equal(await machine.output(container), 'Seccomp:2\nunshared\n');
  });

  it('a read-only root, a volume, and what is below a read-only volume', async () => {
    mkdirSync(`${machine.dir}/v`);
    writeFileSync(`${machine.dir}/v/file`, 'text');
    const container = await machine.run(
      pod,
      sh(
        'cat /v/file; touch /x 2>/dev/null && echo root; touch /v/y 2>/dev/null && echo volume; touch /w/z && echo other; touch /dev/shm/s && echo shm',
        {
          security: { readOnlyRoot: true },
          binds: [
            { source: `${machine.dir}/v`, destination: '/v', readOnly: true },
            { source: `${machine.dir}/v`, destination: '/w' },
          ],
        },
      ),
    );
    await machine.ended(container);
    assert.equal(await machine.output(container), 'textother\nshm\n');
  });

  it('exec: same user, groups, directory; its failures and its deadline', async () => {
    const user = { uid: 1000, gid: 3000, additionalGids: [3000, 44], home: '/' };
    const container = await machine.run(pod, {
      command: ['sleep', '60'],
      user,
      workdir: '/tmp',
      env: ['A=b'],
      security: { allowPrivilegeEscalation: false },
    });
    const request = { id: container.id, bundle: container.bundle, timeoutMs: 10_000 };
    const exec = (script: string, timeoutMs = 10_000) => runExec(machine.layout, { ...request, timeoutMs, args: ['sh', '-c', script] });
    const want = '1000\n3000\n3000 44\n/tmp\nb\nSeccomp:2\nNoNewPrivs:1\n';
    const script =
      'id -u; id -g; id -G; pwd; echo $A; grep ^Seccomp: /proc/self/status | tr -d "\\t"; grep NoNew /proc/self/status | tr -d "\\t"';
    assert.deepEqual(await exec(script), { ended: 'exit', exitCode: 0, output: want });
    assert.deepEqual(await exec('echo no >&2; exit 7'), { ended: 'exit', exitCode: 7, output: 'no\n' });
    assert.deepEqual(await exec('sleep 50 & echo left'), { ended: 'exit', exitCode: 0, output: 'left\n' });
    assert.deepEqual(await exec('echo begun; sleep 50 & sleep 51', 300), { ended: 'timeout', output: 'begun\n' });
    const missing = await runExec(machine.layout, { ...request, args: ['nothing'] });
    assert.equal(missing.ended, 'failure');
    assert.deepEqual(await exec('ps | grep -c "sleep 5[1]"'), { ended: 'exit', exitCode: 1, output: '0\n' });
    sendSignal(container.process, 'SIGKILL');
    await machine.ended(container);
    assert.equal((await exec('true')).ended, 'failure');
    assert.deepEqual(
      readdirSync(container.bundle).filter((name) => name.startsWith('exec')),
      [],
    );
  });

  it('in a shared PID namespace nothing outlives its container', async () => {
    const shared = await machine.pod(true);
    const other = await machine.run(shared, sh('sleep 1002', { sharedPid: true }));
    const container = await machine.run(shared, sh('sleep 1001 & setsid sleep 1001 & echo $$; exec sleep 1001', { sharedPid: true }));
    const mounts = /\[(\d+)\]/.exec(readFileSync(`${container.bundle}/mnt`, 'latin1'))?.[1] ?? '';
    const pids = namespaceInode(shared.pid, 'pid') ?? '';
    assert.equal(namespaceInode(container.process.pid, 'mnt'), mounts);
    await until('its children run', () => findLeftovers({ mounts, pids, inUse: [] }).length === 3);
    sendSignal(container.process, 'SIGKILL');
    await machine.ended(container);
    assert.deepEqual(findLeftovers({ mounts, pids, inUse: [mounts] }), []);
    assert.equal(findLeftovers({ mounts, pids, inUse: [] }).length, 2);
    await endLeftovers({ mounts, pids, inUse: [] });
    assert.deepEqual(findLeftovers({ mounts, pids, inUse: [] }), []);
    assert.ok(alive(other.process));
  });

  it('the host network shows the host, and its /sys is read-only all the way down', async () => {
    const { id, bundle } = await machine.prepare(
      pod,
      sh(
        'ls /sys/class/net | wc -l; touch /sys/fs/cgroup/x 2>/dev/null && echo cgroup; cut -d" " -f2-4 /proc/mounts | grep -c "^/sys.* cgroup2* rw,"',
      ),
    );
    const config = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) => type !== 'network');
    const sys = { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev', 'rro'] };
    config.mounts = config.mounts.map((mount: { destination: string }) => (mount.destination === '/sys' ? sys : mount));
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    assert.equal(await machine.job(startJob({ id, bundle, log: `${bundle}/0.log` })), 0, readFileSync(`${bundle}/err`, 'utf8'));
    await until('it ends', () => readExit(machine.layout.exits, id));
    const parts: Buffer[] = [];
    for await (const bytes of logOutput(readLog(`${bundle}/0.log`))) parts.push(bytes);
    const [interfaces, ...rest] = Buffer.concat(parts).toString().trim().split('\n');
    assert.equal(Number(interfaces), readdirSync('/sys/class/net').length);
    assert.deepEqual(rest, ['0']);
  });
};

inOwnNamespace('runtime', import.meta.url, inside);
