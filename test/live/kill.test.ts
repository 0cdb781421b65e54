/**
 * `kill -9` of every process of ours, each at seeded random moments inside an operation, under traffic, followed by the next command.
 * KILL_MOMENTS: how many for each (3); SEED repeats a run; ONLY names one victim. The table at the end: what each death cost.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { sendSignal } from '../../src/host/process.ts';
import type { ContainerRecord, ProcessRef } from '../../src/kubelet/record.ts';
import { leaks, type Ran, snapshot, subject, until } from './harness.ts';
import { application, freePort, Traffic } from './kill/app.ts';
import { disorder, readRows } from './kill/disorder.ts';
import { type Podstead, podstead, type Running } from './kill/podstead.ts';
import { ourProcesses, type Process, type Role } from './kill/processes.ts';
import { type Random, seededRandom } from './kill/random.ts';

const MOMENTS = Number(process.env['KILL_MOMENTS'] || 3);
const SEED = Number(process.env['SEED'] || Math.floor(Date.now() % 1_000_000));

type State = 'none' | 3 | 5;
interface Operation {
  name: string;
  from: State;
  to: State;
  args: string[];
  /** Of its moments, ms. */
  span: number;
}

const OPERATIONS: Operation[] = [
  { name: 'play', from: 'none', to: 3, args: ['play', 'kube', '-q', '-'], span: 600 },
  { name: 'apply', from: 'none', to: 3, args: ['apply', '-f', '-'], span: 600 },
  { name: 'scale', from: 3, to: 5, args: ['scale', 'deployment', 'web', '--replicas=5'], span: 400 },
  { name: 'delete', from: 3, to: 3, args: ['delete', 'pod', '-l', 'app=web'], span: 500 },
  { name: 'down', from: 3, to: 'none', args: ['kube', 'down', '-'], span: 500 },
];

interface Victim {
  name: string;
  role: Role | 'cli';
  operations: string[];
  /** Its death is not seen: no container restarts, no request fails. */
  costsNothing?: boolean;
}

const VICTIMS: Victim[] = [
  { name: 'CLI', role: 'cli', operations: ['play', 'apply', 'down', 'scale', 'delete'], costsNothing: true },
  { name: 'engine', role: 'engine', operations: ['play', 'scale', 'down', 'delete', 'apply'], costsNothing: true },
  { name: 'holder', role: 'holder', operations: ['play', 'delete', 'down', 'scale', 'apply'], costsNothing: true },
  { name: 'prober', role: 'prober', operations: ['scale', 'delete', 'play', 'down'], costsNothing: true },
  { name: 'dnsmasq', role: 'dns', operations: ['scale', 'play', 'delete', 'down'], costsNothing: true },
  { name: 'egress', role: 'egress', operations: ['scale', 'play', 'delete', 'down'], costsNothing: true },
  { name: 'port listener', role: 'listener', operations: ['scale', 'play', 'delete', 'down'] },
  { name: 'conmon', role: 'conmon', operations: ['play', 'scale', 'down', 'delete'] },
  { name: 'infra', role: 'infra', operations: ['play', 'scale', 'down', 'delete'] },
];

interface Strike {
  /** performance.now() */
  at: number;
  target: ProcessRef;
}

interface Result {
  victim: string;
  moments: number;
  recovered: number;
  worstMs: number;
  failedRequests: number;
}

describe(`kill -9 (SEED=${SEED}, ${MOMENTS} moments each)`, function () {
  this.timeout(Math.max(60_000, MOMENTS * 40_000));
  const results: Result[] = [];
  const atFirst = snapshot({ user: subject() });
  let machine: Podstead;
  let port: number;
  let manifest: string;
  let traffic: Traffic;

  const paths = () => machine.home.paths();
  const input = (args: readonly string[]) => (args.includes('-') ? manifest : '');

  /** Why the machine is not in this state; undefined when it is. */
  async function differs(state: State): Promise<string | undefined> {
    const { pods, plays } = readRows(paths());
    const unfinished = plays.find((play) => play.status?.phase !== 'Succeeded');
    if (unfinished) return `play ${unfinished.metadata.name} is ${unfinished.status?.phase}: ${unfinished.status?.message}`;
    const names = pods.map((pod) => pod.metadata?.labels?.['app']);
    const wanted = state === 'none' ? [] : ['front', ...Array(state).fill('web')];
    if (names.sort().join() !== wanted.sort().join()) return `pods: ${names}`;
    for (const pod of pods) {
      const ready = pod.status?.conditions?.find((c) => c.type === 'Ready')?.status;
      if (ready !== 'True' || pod.metadata?.deletionTimestamp) return `${pod.metadata?.name} is ${pod.status?.phase}, ready ${ready}`;
    }
    if (state !== 'none' && traffic.since(struckAt).at(-1)?.ok !== true) return 'the published port does not answer';
    const roles = ourProcesses(paths()).map((p) => p.role);
    for (const role of state === 'none' ? [] : (['holder', 'dns', 'egress', 'listener'] as const))
      if (!roles.includes(role)) return `no ${role}`;
    return (await disorder(paths())).join('\n') || undefined;
  }

  async function reach(state: State, what: string): Promise<void> {
    let last: string | undefined;
    const reached = async () => {
      last = await differs(state);
      return last === undefined;
    };
    await until(reached, { what, timeoutMs: 20_000 }).catch((error: unknown) => {
      const all = ourProcesses(paths()).map((p) => `${p.pid} ${p.parent} ${p.role}`);
      throw new Error(`${what}: ${last}\n${all.join('\n')}`, { cause: error });
    });
  }

  let state: State = 'none';
  /** What was answered before says nothing about now. */
  let struckAt = 0;
  async function ensure(wanted: State): Promise<void> {
    if (state === wanted) return;
    if (wanted === 'none') await machine.ok(['kube', 'down', '-'], { input: manifest });
    else if (state === 'none') await machine.ok(['play', 'kube', '-q', '-'], { input: manifest });
    else await machine.ok(['scale', 'deployment', 'web', `--replicas=${wanted}`]);
    await reach(wanted, `state ${wanted} before the next moment`);
    state = wanted;
  }

  /** One to kill, as soon as there is one. */
  const find = (victim: Victim, running: Running, random: Random): ProcessRef | undefined => {
    if (victim.role === 'cli')
      return running.child.pid === undefined || running.child.exitCode !== null ? undefined : { pid: running.child.pid, start: '' };
    return random.pick(ourProcesses(paths()).filter((p: Process) => p.role === victim.role));
  };

  async function strike(victim: Victim, running: Running, operation: Operation, random: Random): Promise<Strike | undefined> {
    let over = false;
    void running.ran.finally(() => {
      over = true;
    });
    await pause(random.below(operation.span));
    const deadline = performance.now() + 1_000;
    for (;;) {
      const target = find(victim, running, random);
      if (target) {
        const at = performance.now();
        if (victim.role === 'cli') running.child.kill('SIGKILL');
        else if (!sendSignal(target, 'SIGKILL')) continue;
        return { at, target };
      }
      if (over && performance.now() > deadline) return undefined;
      if (over && victim.role === 'cli') return undefined;
      await pause(2);
    }
  }

  const ids = (): Map<string, ContainerRecord> =>
    new Map(
      readRows(paths())
        .containers.filter((c) => c.state === 'running')
        .map((c) => [c.id, c]),
    );

  async function moment(victim: Victim, operation: Operation, random: Random, result: Result): Promise<void> {
    await ensure(operation.from);
    const before = ids();
    const running = machine.begin(operation.args, input(operation.args));
    const hit = await strike(victim, running, operation, random);
    const ran = await running.ran;
    if (hit === undefined) {
      state = operation.to;
      await reach(operation.to, `${operation.name} without a kill`);
      return;
    }
    result.moments++;
    struckAt = hit.at;
    const what = `SEED=${SEED}: ${victim.name} killed in ${operation.name}`;
    if (victim.role !== 'cli') assert.equal(ran.code, 0, `${what}: exit ${ran.code}\n${ran.stdout}${ran.stderr}`);
    const next: Ran = await machine.run(['get', 'pods', '-o', 'name']);
    assert.equal(next.code, 0, `${what}, then get: ${next.stderr}`);
    await finish(victim, operation, what);
    const ms = performance.now() - hit.at;
    result.worstMs = Math.max(result.worstMs, ms);
    result.recovered++;
    judge(victim, operation, what, before, hit, result);
    if (victim.role === 'conmon') judgeContainer(hit.target, what);
    if (victim.role === 'dns' && operation.to !== 'none') await judgeNames(what);
    if (process.env['DEBUG_LIVE']) console.log(`      ${what}: ${Math.round(ms)} ms`);
  }

  /** A killed command may have done nothing yet: then it is given again, and finds whatever is there. */
  async function finish(victim: Victim, operation: Operation, what: string): Promise<void> {
    state = operation.to;
    if (victim.role !== 'cli') return reach(operation.to, what);
    await machine.ok(operation.args, { input: input(operation.args) });
    await reach(operation.to, what);
  }

  function judge(
    victim: Victim,
    operation: Operation,
    what: string,
    before: Map<string, ContainerRecord>,
    { at }: Strike,
    result: Result,
  ): void {
    if (operation.name !== 'scale' && operation.name !== 'delete') return;
    const failed = traffic.since(at).filter((answer) => !answer.ok).length;
    result.failedRequests += failed;
    if (!victim.costsNothing) return;
    assert.equal(failed, 0, `${what}: requests failed`);
    const after = ids();
    const gone = [...before.values()].filter((c) => !after.has(c.id) && (operation.name === 'scale' || c.pod === 'front'));
    assert.deepEqual(
      gone.map((c) => `${c.pod}/${c.name}`),
      [],
      `${what}: containers were replaced`,
    );
  }

  /** Its container was ended with it, and another one runs in its place; unless it was on its way out already. */
  function judgeContainer(conmon: ProcessRef, what: string): void {
    const { containers } = readRows(paths());
    const lost = containers.find((c) => c.conmon?.pid === conmon.pid && c.conmon.start === conmon.start);
    if (!lost) return;
    assert.equal(lost.state, 'exited', `${what}: ${lost.pod}/${lost.name}`);
    if (!lost.kill && lost.kind === 'app') assert.equal(lost.reason, 'ContainerStatusUnknown', `${what}: ${lost.pod}/${lost.name}`);
  }

  async function judgeNames(what: string): Promise<void> {
    const name = 'front.default.svc.cluster.local';
    const { stdout } = await machine.run(['exec', 'front', '-c', 'side', '--', 'nslookup', name]);
    const address = readRows(paths()).pods.find((pod) => pod.metadata.name === 'front')?.status?.podIP;
    assert.ok(address && stdout.includes(address), `${what}: ${name} is not ${address}:\n${stdout}`);
  }

  before(async () => {
    machine = await podstead();
    port = await freePort();
    manifest = application(port);
    traffic = new Traffic(port);
    traffic.start();
  });

  for (const victim of VICTIMS.filter(({ name }) => !process.env['ONLY'] || process.env['ONLY'] === name)) {
    it(victim.name, async () => {
      const random = seededRandom(SEED, victim.name);
      const result: Result = { victim: victim.name, moments: 0, recovered: 0, worstMs: 0, failedRequests: 0 };
      results.push(result);
      for (let turn = 0; result.moments < MOMENTS && turn < MOMENTS * 4; turn++) {
        const name = victim.operations[turn % victim.operations.length];
        const operation = OPERATIONS.find((one) => one.name === name);
        assert.ok(operation);
        await moment(victim, operation, random, result);
      }
      assert.equal(result.recovered, MOMENTS);
    });
  }

  it('leaves nothing', async () => {
    await machine.ok(['kube', 'down', '--force', '-'], { input: manifest });
    await reach('none', 'nothing is left');
    await machine.ended();
    await traffic.stop();
    const left = () => leaks(atFirst, snapshot({ user: subject(), dirs: [paths().pods, paths().volumes, paths().run] }));
    // a process that is just ending shows without a command line
    await until(() => left().length === 0, { what: 'nothing is left', timeoutMs: 5_000 }).catch(() => undefined);
    assert.deepEqual(left(), []);
    assert.deepEqual(await disorder(paths()), []);
  });

  after(async () => {
    await traffic?.stop();
    console.log(table(results));
    if (process.env['KEEP']) console.log(machine.home.dir);
    else await machine?.home[Symbol.asyncDispose]();
  });
});

function table(results: readonly Result[]): string {
  const rows = results.map((r) => [r.victim, r.moments, r.recovered, `${Math.round(r.worstMs)} ms`, r.failedRequests].map(String));
  const head = ['killed', 'moments', 'recovered', 'worst', 'failed requests'];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [head, ...rows].map((row) => `      ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`).join('\n');
}
