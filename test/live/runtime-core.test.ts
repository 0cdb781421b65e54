/** Containers with the real tools: conmon, crun, an overlay of an image's layers. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { alive, parseStat, sendSignal } from '../../src/host/process.ts';
import { findAccount } from '../../src/images/accounts.ts';
import { ImageAccounts } from '../../src/images/image-accounts.ts';
import { capabilitySet } from '../../src/runtime/capabilities.ts';
import { mountJob, startJob } from '../../src/runtime/commands.ts';
import { execArgv, execProcess, resizeArgv } from '../../src/runtime/exec.ts';
import { readExit } from '../../src/runtime/exits.ts';
import { imageVolumeBinds } from '../../src/runtime/image-volumes.ts';
import { endLeftovers, findLeftovers, namespaceInode } from '../../src/runtime/leftovers.ts';
import { logOutput } from '../../src/runtime/log-output.ts';
import { followLog, readLog } from '../../src/runtime/logs.ts';
import { bindMount } from '../../src/runtime/mounts.ts';
import { runExec } from '../../src/runtime/run-exec.ts';
import { readStartFailure } from '../../src/runtime/start-failure.ts';
import { BUSYBOX } from './images.ts';
import { Machine, until, type Wish } from './machine.ts';
import { inOwnNamespace } from './own-namespace.ts';

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

  it('a VOLUME of the image stays writable under a read-only root', async () => {
    const { id, bundle } = await machine.prepare(
      pod,
      sh('touch /x 2>/dev/null && echo root; echo kept >/home/app/f && cat /home/app/f', { security: { readOnlyRoot: true } }),
    );
    const config = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
    config.mounts.push(...imageVolumeBinds(`${bundle}/rootfs`, ['/home/app'], []).map(bindMount));
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    assert.equal(await machine.job(startJob({ id, bundle, log: `${bundle}/0.log` })), 0);
    await until('it ends', () => readExit(machine.layout.exits, id));
    assert.match(readFileSync(`${bundle}/0.log`, 'utf8'), /^\S+ stdout F kept\n$/);
    assert.equal(readFileSync(`${bundle}/upper/home/app/f`, 'utf8'), 'kept\n');
  });

  it('an image of a hundred layers', async () => {
    const base = `${machine.dir}/many/overlay`;
    mkdirSync(`${base}/l`, { recursive: true });
    const lower = Array.from({ length: 100 }, (_, i) => `l/${String(i).padStart(26, 'A')}`);
    for (const [i, link] of lower.entries()) {
      mkdirSync(`${base}/${i}/diff`, { recursive: true });
      writeFileSync(`${base}/${i}/diff/f${i}`, '');
      symlinkSync(`../${i}/diff`, `${base}/${link}`);
    }
    const [upper, work, target] = ['upper', 'work', 'target'].map((name) => `${machine.dir}/many/${name}`) as [string, string, string];
    for (const path of [upper, work, target]) mkdirSync(path);
    const status = await machine.job(mountJob({ base, lower, upper, work, target }, `${machine.dir}/err`));
    assert.equal(status, 0, readFileSync(`${machine.dir}/err`, 'utf8'));
    assert.equal(readdirSync(target).length, 100);
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

  it('a terminal: of the container, and of a command in it', async () => {
    const container = await machine.run(pod, sh('tty; test -t 0 && echo "$TERM"; sleep 60', { tty: true }));
    await until('the container has spoken', () => readFileSync(container.log, 'utf8').includes('xterm'));
    assert.equal(await machine.output(container), '/dev/pts/0\r\nxterm\r\n');
    const files = {
      id: container.id,
      processFile: `${machine.dir}/process`,
      log: `${machine.dir}/log`,
      tty: true,
      pidFile: `${machine.dir}/pid`,
    };
    const config = JSON.parse(readFileSync(`${container.bundle}/config.json`, 'utf8'));
    const args = ['sh', '-c', 'stty size; until [ "$(stty size)" = "50 120" ]; do sleep 0.02; done; tty; exit 3'];
    writeFileSync(files.processFile, JSON.stringify(execProcess(config, { args, tty: true })));
    const command = ['stty rows 24 cols 80;', ...execArgv(machine.layout, files)].join(' ');
    const exec = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    exec.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await until('it has spoken', () => said.includes('24 80'));
    const [file, ...more] = resizeArgv(Number(readFileSync(files.pidFile, 'utf8')), { rows: 50, columns: 120 });
    execFileSync(file, more);
    assert.equal(await new Promise((resolve) => exec.once('exit', resolve)), 3);
    assert.match(said, /^24 80\r\n\/dev\/pts\/\d+\r\n$/);
    sendSignal(container.process, 'SIGKILL');
    await machine.ended(container);
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
