import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStopped, readHolder, readHost } from '../../src/host/boot.ts';
import { exitCommandArgv } from '../../src/host/exit-command.ts';
import { enterArgv } from '../../src/host/namespace.ts';
import { alive, namespaceOf, parseStat, processRef, readRef, sendSignal } from '../../src/host/process.ts';
import { stopHolder } from '../../src/host/stop.ts';
import { findTools } from '../../src/host/tools.ts';
import { wake } from '../../src/host/wake.ts';
import { engineStarts, fakeEngine } from './fake-engine.ts';
import { runAs, type ScratchHome, scratchHome, until } from './harness.ts';

const script = join(import.meta.dirname, 'host-launch.ts');
const tools = findTools(process.env);

const launch = (home: ScratchHome, engine: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  home.run([process.execPath, script], { env: { PODSTEAD_TEST_ENGINE: JSON.stringify(engine), ...env } });

const ok = async (home: ScratchHome, engine: readonly string[]) => {
  const ran = await launch(home, engine);
  assert.deepEqual(
    { code: ran.code, stdout: ran.stdout, stderr: ran.stderr },
    { code: 0, stdout: `${home.dir}/run/podstead\n`, stderr: '' },
  );
};

const holderOf = (home: ScratchHome) => {
  const holder = readHolder(home.paths());
  assert.ok(holder, 'a holder lives');
  return holder;
};

const startsReach = (home: ScratchHome, count: number) =>
  until(() => engineStarts(home).length >= count, { what: `engine start ${count}` }).catch(async (error: unknown) => {
    const log = existsSync(home.paths().engineLog) ? readFileSync(home.paths().engineLog, 'utf8') : '';
    const processes = await home.run(['ps', '-u', String(home.user.uid), '-o', 'pid,ppid,stat,args']);
    throw new Error(`engine start ${count}: ${JSON.stringify(engineStarts(home))}\n${log}\n${processes.stdout}`, { cause: error });
  });

/** The engine was started, DNS runs, and the record is there that leads back to them. */
const settled = (home: ScratchHome) =>
  until(() => engineStarts(home).length > 0 && readHost(home.paths()) && readRef(join(home.paths().net, 'dns.pid')) && namespaces(home), {
    what: 'a settled holder',
  });

const namespaces = (home: ScratchHome) => {
  const { pid } = holderOf(home);
  return { user: namespaceOf(pid, 'user'), mnt: namespaceOf(pid, 'mnt') };
};

const SLEEP = 'exit 0';

describe('holder', function () {
  this.timeout(30_000);

  it('starts the engine, in new namespaces, and says where', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, SLEEP));
    await startsReach(home, 1);
    await settled(home);
    const record = readHost(home.paths());
    const holder = holderOf(home);
    assert.deepEqual(
      { run: record?.run, userNs: record?.userNs, mntNs: record?.mntNs, stopped: isStopped(home.paths()) },
      { run: holder.run, userNs: namespaceOf(holder.pid, 'user'), mntNs: namespaceOf(holder.pid, 'mnt'), stopped: false },
    );
    assert.notEqual(namespaceOf(holder.pid, 'user'), namespaceOf('self', 'user'));
    assert.equal(namespaceOf(holder.pid, 'net'), namespaceOf('self', 'net'));
  });

  it('has made what containers need', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, SLEEP));
    await settled(home);
    const { run, netns } = home.paths();
    const inside = async (...argv: string[]) => (await home.run([...enterArgv(home.paths(), tools), ...argv])).stdout;
    assert.equal(await inside('sh', '-c', `ls ${run}/t; stat -f -c %T ${run}/t; stat -c %a ${run}/t`), 'c\ncrun\nm\nv\ntmpfs\n700\n');
    assert.match(await inside(`${run}/ro/crun`, '--version'), /^crun version/);
    assert.equal(await inside('sh', '-c', `true 2>/dev/null >>${run}/ro/crun || echo read-only`), 'read-only\n');
    assert.equal(await inside('sh', '-c', 'test -e /sys/fs/cgroup/cgroup.procs && echo v2'), 'v2\n');
    assert.match(await inside('nsenter', `--net=${netns}`, 'ip', '-4', '-o', 'addr', 'show', 'br0'), /inet 10\.244\.0\.1\/16 /);
    const rules = () => inside('nsenter', `--net=${netns}`, tools.nft ?? '', 'list', 'ruleset');
    await until(async () => /masquerade/.test(await rules()), { what: 'masquerading' }).catch(async (error: unknown) => {
      throw new Error(`${readFileSync(join(run, 'net/nft.err'), 'utf8')}\n${await rules()}`, { cause: error });
    });
  });

  it('sleeps until it is woken, then starts the engine once', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, SLEEP));
    await startsReach(home, 1);
    await until(() => asleep(home), { what: 'the holder waits' });
    assert.equal(wake(home.paths(), 'test'), true);
    await startsReach(home, 2);
    await until(() => asleep(home), { what: 'the holder waits' });
    assert.equal(engineStarts(home).length, 2);
  });

  it('wakes the engine at the time it asked for', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, '[ $(wc -l <"$HOME/starts") -ge 2 ] || echo 1 >"$PD_RUN/due"'));
    await startsReach(home, 2);
    const [first, second] = engineStarts(home);
    const waited = (second?.at ?? 0) - (first?.at ?? 0);
    assert.ok(waited >= 0.95 && waited < 3, `${waited} s`);
  });

  it('a timer that is no longer wanted leaves nothing behind', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, 'echo 3600 >"$PD_RUN/due"'));
    await startsReach(home, 1);
    for (let n = 2; n <= 4; n++) {
      await until(() => asleep(home), { what: 'the holder waits' });
      wake(home.paths());
      await startsReach(home, n);
    }
    await until(() => asleep(home) && children(home, 'sleep').length === 1, { what: 'one timer' });
  });

  it('a crashed engine is started again at once, then after a second; a line cuts the wait short', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, 'kill -9 $$'));
    await startsReach(home, 3);
    const [first, second, third] = engineStarts(home).map((start) => start.at);
    assert.ok((second ?? 0) - (first ?? 0) < 0.5, 'at once');
    assert.ok((third ?? 0) - (second ?? 0) >= 0.95, 'after a second');
    await until(() => asleep(home), { what: 'the wait of two seconds' });
    wake(home.paths());
    await until(() => engineStarts(home).length >= 4, { what: 'no wait', timeoutMs: 1_500 });
    assert.match(readFileSync(home.paths().engineLog, 'utf8'), /holder: the engine ended with 137 after 0 s/);
  });

  it('goes with everything it made when nothing runs any more', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, 'echo exit >"$PD_RUN/due"'));
    await until(() => readHolder(home.paths()) === undefined && engineStarts(home).length === 1, { what: 'the end of the holder' });
    assert.deepEqual(readdirSync(join(home.dir, 'run')), []);
    assert.deepEqual(readdirSync(home.paths().data).sort(), ['engine.lock', 'holder.lock']);
    assert.equal(isStopped(home.paths()), true);
  });

  it('stays when somebody calls while it ends, or is followed by another one: no call is lost', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, 'echo exit >"$PD_RUN/due"');
    for (let n = 0; n < 8; n++) {
      const before = engineStarts(home).length;
      await ok(home, engine);
      await startsReach(home, before + 1);
    }
  });

  it("keeps none of its caller's descriptors, and gives none of its own to the engine", async () => {
    await using home = scratchHome();
    const body =
      'echo .; ls -l /proc/self/fd >"$HOME/of-sh"; exec "$NODE" -e \'require("fs").writeFileSync(process.env.HOME + "/of-node", "" + require("child_process").execFileSync("ls", ["-l", "/proc/self/fd"]))\'';
    const engine = fakeEngine(home, body.replace('$NODE', process.execPath));
    const lock = join(home.dir, 'lock');
    const command = ['bash', '-c', 'exec 200>"$0"; "$@"', lock, process.execPath, script];
    const ran = await home.run(command, { env: { PODSTEAD_TEST_ENGINE: JSON.stringify(engine) } });
    assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' });
    await until(() => existsSync(join(home.dir, 'of-node')), { what: 'the list of the engine' });
    const targets = (file: string) => [...readFileSync(join(home.dir, file), 'utf8').matchAll(/ -> (\S+)/g)].map(([, target]) => target);
    const { engineLock, engineLog } = home.paths();
    assert.deepEqual(
      targets('of-sh').filter((target) => !target?.startsWith('/proc/')),
      ['/dev/null', join(home.dir, 'of-sh'), engineLog, engineLock],
    );
    assert.ok(!targets('of-node').includes(engineLock), 'the lock would outlive the engine in its children');
  });

  it('eight at once: one holder, one engine', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, SLEEP);
    await Promise.all(Array.from({ length: 8 }, () => ok(home, engine)));
    await settled(home);
    await until(() => asleep(home), { what: 'the holder waits' });
    // its services' shells are its children
    const holders = children(home, 'holder.sh').filter((pid) => parentOf(pid) === 1);
    assert.deepEqual(holders, [holderOf(home).pid]);
  });
});

describe('holder killed with -9', function () {
  this.timeout(30_000);

  it('the next command starts another one in the same namespaces', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, SLEEP);
    await ok(home, engine);
    const before = await settled(home);
    const services = ['dns', 'egress'].map((name) => readRef(join(home.paths().net, `${name}.pid`)));
    await kill(home);
    await ok(home, engine);
    assert.deepEqual(namespaces(home), before);
    assert.deepEqual(
      ['dns', 'egress'].map((name) => readRef(join(home.paths().net, `${name}.pid`))),
      services,
    );
    await startsReach(home, 2);
  });

  it('a container that ends starts another one', async () => {
    await using home = scratchHome();
    await ok(home, fakeEngine(home, SLEEP));
    const before = await settled(home);
    // stands for conmon: a process of ours in the namespaces that outlives the holder
    const [file = '', ...args] = exitCommandArgv(home.paths(), 'some-id', '/bin/dash');
    const release = join(home.dir, 'release');
    const conmon = home.run([
      ...enterArgv(home.paths(), tools),
      'dash',
      '-c',
      'until [ -e "$1" ]; do sleep 0.05; done; shift; "$@"',
      'conmon',
      release,
      file,
      ...args,
    ]);
    await until(() => children(home, 'conmon').length > 0, { what: 'the stand-in of conmon' });
    await kill(home);
    writeFileSync(release, '');
    assert.deepEqual({ ...(await conmon), ms: 0 }, { code: 0, stdout: '', stderr: '', ms: 0 });
    await startsReach(home, 2);
    assert.deepEqual(namespaces(home), before);
  });

  it('a running engine goes on, and the next one waits for its end', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, 'until [ -e "$HOME/release" ]; do sleep 0.05; done');
    await ok(home, engine);
    await startsReach(home, 1);
    await settled(home);
    await kill(home);
    await ok(home, engine);
    await until(() => children(home, 'flock').length === 1, { what: 'the second engine waits for the lock' });
    assert.equal(engineStarts(home).length, 1);
    writeFileSync(join(home.dir, 'release'), '');
    await startsReach(home, 2);
  });

  it('with all of ours dead everything is made anew', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, SLEEP);
    await ok(home, engine);
    await settled(home);
    await kill(home);
    for (const name of ['dns', 'egress']) {
      const ref = readRef(join(home.paths().net, `${name}.pid`));
      if (ref) sendSignal(ref, 'SIGKILL');
    }
    await until(() => children(home, '').length === 0, { what: 'the end of all' });
    await ok(home, engine);
    await settled(home);
    await startsReach(home, 2);
  });
});

describe('runtime directory', function () {
  this.timeout(30_000);

  it('of another boot: what it says is forgotten', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, SLEEP);
    await ok(home, engine);
    await settled(home);
    await stopHolder(home.paths(), 0);
    const { hostFile, run } = home.paths();
    mkdirSync(run, { recursive: true });
    const record = { bootId: '00000000-0000-0000-0000-000000000000', run: '/nowhere', userNs: '1', mntNs: '2' };
    writeFileSync(hostFile, JSON.stringify(record));
    writeFileSync(join(run, 'wake'), 'no FIFO');
    assert.equal(isStopped(home.paths()), true);
    if (process.getuid?.() === 0)
      await runAs({ ...home.user, uid: 0 }, ['chown', '-R', `${home.user.uid}:${home.user.gid}`, run], home.env);
    await ok(home, engine);
    await settled(home);
    assert.equal(readHost(home.paths())?.run, run);
  });

  it('that vanished while a holder lived: it is ended, and all made anew', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, SLEEP);
    await ok(home, engine);
    await settled(home);
    const old = processRef(holderOf(home).pid);
    await home.run(['rm', '-rf', home.paths().run]);
    await ok(home, engine);
    await settled(home);
    assert.notDeepEqual(processRef(holderOf(home).pid), old);
  });

  it('another XDG_RUNTIME_DIR meets the same holder', async () => {
    await using home = scratchHome();
    const engine = fakeEngine(home, SLEEP);
    await ok(home, engine);
    const other = await launch(home, engine, { XDG_RUNTIME_DIR: `${home.dir}/cache` });
    assert.deepEqual({ code: other.code, stdout: other.stdout }, { code: 0, stdout: `${home.dir}/run/podstead\n` });
    assert.deepEqual(readdirSync(`${home.dir}/cache`), []);
  });
});

const kill = async (home: ScratchHome) => {
  const holder = holderOf(home);
  assert.equal(sendSignal(holder, 'SIGKILL'), true);
  await until(() => !alive(holder), { what: 'its death' });
};

const statOf = (pid: number) => parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
const parentOf = (pid: number) => statOf(pid)?.parent;
/** Blocked, with no engine below it. */
const asleep = (home: ScratchHome) => statOf(holderOf(home).pid)?.state === 'S' && children(home, 'engine.sh').length === 0;

/** Processes of this home whose command line holds a word; all of them for the empty word. */
const children = (home: ScratchHome, word: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && processRef(Number(name)))
    .filter((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'latin1');
        return environment.includes(`PD_RUN=${home.dir}/`) || environment.includes(`HOME=${home.dir}\0`)
          ? readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(word)
          : false;
      } catch {
        return false;
      }
    })
    .map(Number);
