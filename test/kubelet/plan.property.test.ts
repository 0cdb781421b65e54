import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Container } from '../../src/api/objects.ts';
import type { Action } from '../../src/kubelet/action.ts';
import { isLive, newest } from '../../src/kubelet/instances.ts';
import { type Plan, planPod } from '../../src/kubelet/plan.ts';
import { isSidecar, isTerminalPhase, type StoredPod } from '../../src/kubelet/pod.ts';
import { SimulatedPod } from './simulated-pod.ts';

const HOOK = { postStart: { exec: { command: ['true'] } } };
const container = (name: string): fc.Arbitrary<Container> =>
  fc.record({ name: fc.constant(name), image: fc.constant('x:1'), hook: fc.boolean() }).map(({ hook, ...c }) => ({
    ...c,
    ...(hook && { lifecycle: HOOK }),
  }));
const initContainer = (name: string): fc.Arbitrary<Container> =>
  fc.boolean().map((sidecar) => ({ name, image: 'x:1', ...(sidecar && { restartPolicy: 'Always' }) }));

const pods = fc
  .record({
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    grace: fc.constantFrom(0, 1, 5),
    activeDeadlineSeconds: fc.constantFrom(undefined, undefined, 60),
    initContainers: fc
      .tuple(initContainer('i0'), initContainer('i1'))
      .chain((list) => fc.integer({ min: 0, max: 2 }).map((n) => list.slice(0, n))),
    containers: fc
      .tuple(container('a'), container('b'), container('c'))
      .chain((list) => fc.integer({ min: 1, max: 3 }).map((n) => list.slice(0, n))),
  })
  .map(
    ({ grace, activeDeadlineSeconds, ...spec }): StoredPod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 },
      spec: { ...spec, terminationGracePeriodSeconds: grace, ...(activeDeadlineSeconds !== undefined && { activeDeadlineSeconds }) },
    }),
  );

type Happening =
  | { what: 'round' }
  | { what: 'pass'; seconds: number }
  | { what: 'exit'; at: number; code: number }
  | { what: 'crash'; after: number }
  | { what: 'infraDies' }
  | { what: 'unwell'; at: number }
  | { what: 'image'; at: number }
  | { what: 'delete'; grace: number };
const at = fc.nat(4);
const happenings = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant<Happening>({ what: 'round' }) },
    { weight: 4, arbitrary: fc.constantFrom(1, 3, 12, 400).map((seconds): Happening => ({ what: 'pass', seconds })) },
    { weight: 6, arbitrary: fc.record({ what: fc.constant('exit' as const), at, code: fc.constantFrom(0, 0, 1, 137) }) },
    { weight: 2, arbitrary: fc.constant<Happening>({ what: 'infraDies' }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('crash' as const), after: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('unwell' as const), at }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('image' as const), at }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('delete' as const), grace: fc.constantFrom(0, 1, 30) }) },
  ),
  { maxLength: 60 },
);

const names = (pod: StoredPod): string[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => c.name);

function happen(s: SimulatedPod, h: Happening): void {
  const name = 'at' in h ? names(s.pod)[h.at % names(s.pod).length]! : '';
  switch (h.what) {
    case 'round':
      check(s, s.round());
      return;
    case 'pass':
      s.pass(h.seconds);
      return;
    case 'exit':
      s.exit(name, h.code);
      return;
    case 'crash': {
      // the engine dies having done a part of its list, and told nobody
      const plan = s.plan();
      const done = { ...plan, actions: plan.actions.slice(0, h.after) };
      for (const action of done.actions) s.perform(action);
      check(s, done);
      return;
    }
    case 'infraDies':
      if (s.sandbox) s.sandbox.alive = false;
      return;
    case 'unwell': {
      const record = newest(s.containers, name);
      if (record?.state === 'running') s.probes.set(record.id, { liveness: 'Failure' });
      return;
    }
    case 'image': {
      const change = (c: Container): Container => (c.name === name ? { ...c, image: `${c.image}1` } : c);
      const { initContainers, containers } = s.pod.spec;
      s.pod = {
        ...s.pod,
        spec: { ...s.pod.spec, containers: containers.map(change), ...(initContainers && { initContainers: initContainers.map(change) }) },
      };
      return;
    }
    case 'delete': {
      const before = s.pod.metadata.deletionGracePeriodSeconds;
      const grace = Math.min(h.grace, before ?? h.grace);
      const deletionTimestamp = new Date(s.now.getTime() + grace * 1000).toISOString();
      s.pod = { ...s.pod, metadata: { ...s.pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace } };
    }
  }
}

const only = <K extends Action['do']>(plan: Plan, kind: K): (Action & { do: K })[] =>
  plan.actions.filter((a): a is Action & { do: K } => a.do === kind);

/** What holds for the list just performed. The rows are those after it: the starts are in them. */
function check(s: SimulatedPod, plan: Plan): void {
  const starts = only(plan, 'startContainer').map((a) => a.name);
  const kills = only(plan, 'killContainer').map((a) => a.name);
  assert.deepEqual(
    starts.filter((name) => kills.includes(name)),
    [],
    'killed and started at once',
  );
  assert.equal(new Set(starts).size, starts.length, 'started twice');
  for (const name of names(s.pod)) {
    assert.ok(s.containers.filter((c) => c.name === name && isLive(c)).length <= 1, `two live instances of ${name}`);
    assert.ok(s.containers.filter((c) => c.name === name).length <= 3, `instances of ${name} pile up`);
  }
  const goes = plan.actions.some((a) => a.do === 'stopSandbox' || a.do === 'finalize' || a.do === 'failPod');
  if (goes) assert.deepEqual([starts, s.containers.filter(isLive)], [[], []], 'the sandbox goes under living containers');
  if (s.pod.metadata.deletionTimestamp) assert.deepEqual([starts, only(plan, 'createSandbox')], [[], []], 'started though deleted');
  assertOnce(s, plan);
  if (plan.nextDue) assert.ok(plan.nextDue > s.now, 'due in the past');
  if (starts.some((name) => s.pod.spec.containers.some((c) => c.name === name))) assertInitialized(s);
}

/** Under Never nothing runs twice in one sandbox but sidecars and what was ended to be replaced. */
function assertOnce(s: SimulatedPod, plan: Plan): void {
  if (s.pod.spec.restartPolicy !== 'Never') return;
  for (const { name } of only(plan, 'startContainer')) {
    if (s.pod.spec.initContainers?.some((c) => c.name === name && isSidecar(c))) continue;
    const before = s.containers.filter((c) => c.name === name).at(-2);
    assert.ok(before === undefined || before.kill?.restart || before.sandboxId !== s.sandbox?.id, `${name} was started twice`);
  }
}

function assertInitialized(s: SimulatedPod): void {
  for (const init of s.pod.spec.initContainers ?? []) {
    if (isSidecar(init)) continue;
    const record = newest(s.containers, init.name);
    const done = record?.exitCode === 0 && record.sandboxId === s.sandbox?.id;
    assert.ok(done, `an app container started before ${init.name} was done`);
  }
}

describe('plan and status, whatever happens to a pod', () => {
  it('keep their promises', () => {
    fc.assert(
      fc.property(pods, happenings, (pod, list) => {
        const s = new SimulatedPod(pod);
        let phase: string | undefined;
        const settle = Array.from({ length: 12 }, (): Happening[] => [{ what: 'round' }, { what: 'pass', seconds: 3 }]).flat();
        for (const h of [...list, ...settle]) {
          if (s.finalized) break;
          happen(s, h);
          if (isTerminalPhase(phase)) assert.equal(s.status?.phase, phase, 'left a terminal phase');
          phase = s.status?.phase;
          if (isTerminalPhase(phase)) assert.deepEqual(s.containers.filter(isLive), [], 'ended, but something lives');
        }
      }),
      { numRuns: 400 },
    );
  });

  it('the same input gives the same plan, and stays as it was', () => {
    fc.assert(
      fc.property(pods, happenings, (pod, list) => {
        const s = new SimulatedPod(pod);
        for (const h of list) {
          const before = structuredClone(s.input);
          assert.deepEqual(planPod(s.input), planPod(structuredClone(s.input)));
          assert.deepEqual(s.input, before);
          happen(s, h);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('come to rest: without happenings nothing but kills is asked for twice', () => {
    fc.assert(
      fc.property(pods, happenings, (pod, list) => {
        const s = new SimulatedPod(pod);
        for (const h of list) if (!s.finalized) happen(s, h);
        for (let i = 0; i < 12 && !s.finalized; i += 1) check(s, s.round());
        if (s.finalized) return;
        const ended = s.pod.spec.containers.every((c) => newest(s.containers, c.name)?.state === 'exited');
        if (s.pod.spec.restartPolicy === 'Never' && ended && !s.containers.some(isLive))
          assert.deepEqual([isTerminalPhase(s.status?.phase), s.sandbox?.state ?? 'stopped'], [true, 'stopped']);
        const rest = s.plan().actions.filter((a) => a.do !== 'killContainer');
        assert.deepEqual(rest, []);
      }),
      { numRuns: 300 },
    );
  });

  it('a deleted pod is gone after its grace', () => {
    fc.assert(
      fc.property(pods, happenings, (pod, list) => {
        const s = new SimulatedPod(pod);
        for (const h of list) if (!s.finalized) happen(s, h);
        if (s.finalized) return;
        happen(s, { what: 'delete', grace: 5 });
        for (let second = 0; second < 30 && !s.finalized; second += 1) {
          check(s, s.round());
          s.pass(1);
        }
        assert.ok(s.finalized);
        assert.deepEqual([s.containers.filter(isLive), s.sandbox?.state ?? 'stopped'], [[], 'stopped']);
      }),
      { numRuns: 300 },
    );
  });

  it('a restart never comes before its back-off', () => {
    fc.assert(
      fc.property(pods, fc.array(fc.constantFrom(1, 5, 11, 25, 100, 310), { minLength: 3, maxLength: 20 }), (pod, waits) => {
        const s = new SimulatedPod({ ...pod, spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'x:1' }] } });
        const gaps: number[] = [];
        let delay = 0;
        for (const wait of waits) {
          const before = s.starts.length;
          s.round();
          if (s.starts.length > before && before > 0) {
            const last = s.containers.filter((c) => c.name === 'a').at(-2);
            const gap = (s.now.getTime() - Date.parse(last?.finishedAt ?? '')) / 1000;
            gaps.push(gap);
            assert.ok(gap >= delay, `${gaps} s`);
            delay = delay === 0 ? 10 : Math.min(300, delay * 2);
          }
          s.exit('a', 1);
          s.pass(wait);
        }
      }),
      { numRuns: 200 },
    );
  });
});
