import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Probe } from '../../../src/api/objects.ts';
import {
  newProbe,
  type ProbeEvent,
  type ProbeState,
  type ProbeStep,
  type ProbeType,
  probeStep,
} from '../../../src/kubelet/probes/probe-state.ts';

const T = 1_000_000;
const probe = (change: Partial<Probe> = {}): Probe => ({
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
  ...change,
});
const look = (change: Partial<ProbeEvent & { event: 'look' }> = {}): ProbeEvent => ({
  event: 'look',
  started: true,
  ending: false,
  ...change,
});
const result = (outcome: 'success' | 'failure' | 'error', detail = ''): ProbeEvent => ({ event: 'result', outcome, detail });
const state = (change: Partial<ProbeState> = {}): ProbeState => ({ type: 'liveness', nextAt: T, errors: 0, inRow: 0, ...change });
const busy = (change: Partial<ProbeState> = {}): ProbeState => state({ runningSince: T, nextAt: T + 10_000, ...change });

interface Row {
  name: string;
  state: ProbeState;
  probe?: Probe;
  event: ProbeEvent;
  at?: number;
  want: ProbeStep;
}
const rows: Row[] = [
  {
    name: 'due: run, and again a period after its start',
    state: state(),
    event: look(),
    want: { state: busy(), run: true, nextDue: T + 10_000 },
  },
  { name: 'not yet due', state: state({ nextAt: T + 5 }), event: look(), want: { state: state({ nextAt: T + 5 }), nextDue: T + 5 } },
  {
    name: 'under way: looked at again only to find it lost',
    state: busy(),
    event: look(),
    at: 500,
    want: { state: busy(), nextDue: T + 3000 },
  },
  {
    name: 'lost with the engine that began it: run again',
    state: busy({ nextAt: T + 1000 }),
    event: look(),
    at: 3000,
    want: { state: busy({ runningSince: T + 3000, nextAt: T + 13_000 }), run: true, nextDue: T + 13_000 },
  },
  { name: 'liveness waits for the start', state: state(), event: look({ started: false }), want: { state: state() } },
  { name: 'startup ends with the start', state: state({ type: 'startup' }), event: look(), want: { state: state({ type: 'startup' }) } },
  {
    name: 'startup runs until then',
    state: state({ type: 'startup' }),
    event: look({ started: false }),
    want: { state: busy({ type: 'startup' }), run: true, nextDue: T + 10_000 },
  },
  { name: 'liveness of a pod that ends is not asked', state: state(), event: look({ ending: true }), want: { state: state() } },
  {
    name: 'its readiness is',
    state: state({ type: 'readiness' }),
    event: look({ ending: true }),
    want: { state: busy({ type: 'readiness' }), run: true, nextDue: T + 10_000 },
  },
  {
    name: 'the clock was set back: no longer than a period',
    state: state({ nextAt: T + 1e9 }),
    event: look(),
    want: { state: state({ nextAt: T + 10_000 }), nextDue: T + 10_000 },
  },
  {
    name: 'success: Success',
    state: busy(),
    event: result('success'),
    at: 100,
    want: { state: state({ nextAt: T + 10_000, last: 'Success', inRow: 1, result: 'Success' }), changed: true, nextDue: T + 10_000 },
  },
  {
    name: 'one failure of three: told, nothing changes',
    state: busy({ result: 'Success', last: 'Success', inRow: 4 }),
    event: result('failure', 'no'),
    want: {
      state: state({ nextAt: T + 10_000, last: 'Failure', inRow: 1, result: 'Success' }),
      unhealthy: 'Liveness probe failed: no',
      nextDue: T + 10_000,
    },
  },
  {
    name: 'the third: Failure, and no more probing of this instance',
    state: busy({ result: 'Success', last: 'Failure', inRow: 2 }),
    event: result('failure', 'no'),
    want: {
      state: state({ nextAt: T + 10_000, last: 'Failure', inRow: 0, result: 'Failure', held: true }),
      changed: true,
      unhealthy: 'Liveness probe failed: no',
    },
  },
  { name: 'held: nothing', state: state({ held: true }), event: look(), want: { state: state({ held: true }) } },
  {
    name: 'readiness goes on after a failure',
    state: busy({ type: 'readiness', last: 'Failure', inRow: 2, result: 'Success' }),
    event: result('failure', 'no'),
    want: {
      state: state({ type: 'readiness', nextAt: T + 10_000, last: 'Failure', inRow: 3, result: 'Failure' }),
      changed: true,
      unhealthy: 'Readiness probe failed: no',
      nextDue: T + 10_000,
    },
  },
  {
    name: 'readiness comes back after successThreshold successes',
    state: busy({ type: 'readiness', last: 'Success', inRow: 1, result: 'Failure' }),
    probe: probe({ successThreshold: 2 }),
    event: result('success'),
    want: {
      state: state({ type: 'readiness', nextAt: T + 10_000, last: 'Success', inRow: 2, result: 'Success' }),
      changed: true,
      nextDue: T + 10_000,
    },
  },
  {
    name: 'a run that took longer than the period: the next at once',
    state: busy({ last: 'Success', inRow: 1, result: 'Success' }),
    event: result('success'),
    at: 12_000,
    want: { state: state({ nextAt: T + 10_000, last: 'Success', inRow: 2, result: 'Success' }), nextDue: T + 12_000 },
  },
  {
    name: 'an error is thrown away and tried again at once',
    state: busy({ last: 'Failure', inRow: 2 }),
    event: result('error', 'no exec'),
    at: 50,
    want: {
      state: busy({ runningSince: T + 50, errors: 1, last: 'Failure', inRow: 2 }),
      run: true,
      unhealthy: 'Liveness probe errored: no exec',
      nextDue: T + 10_000,
    },
  },
  {
    name: 'three times, then with the next period',
    state: busy({ errors: 2 }),
    event: result('error', 'no exec'),
    at: 50,
    want: { state: state({ nextAt: T + 10_000 }), unhealthy: 'Liveness probe errored: no exec', nextDue: T + 10_000 },
  },
  { name: 'a result that nobody waits for', state: state(), event: result('failure'), want: { state: state() } },
];

describe('a probe', () => {
  for (const { name, state: before, probe: spec = probe(), event, at = 0, want } of rows)
    it(name, () => assert.deepEqual(probeStep(before, spec, event, T + at), want));

  it('begins after its initial delay', () => {
    assert.deepEqual(newProbe('readiness', probe({ initialDelaySeconds: 6 }), T), {
      type: 'readiness',
      nextAt: T + 6000,
      errors: 0,
      inRow: 0,
    });
  });

  it('changes its result exactly when so many equal results in a row were seen', () => {
    const outcomes = fc.array(fc.constantFrom<'success' | 'failure'>('success', 'failure'), { maxLength: 40 });
    fc.assert(
      fc.property(outcomes, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (list, successThreshold, failureThreshold) => {
        const spec = probe({ successThreshold, failureThreshold });
        let current = newProbe('readiness', spec, T);
        let want: string | undefined;
        let now = T;
        for (const [at, outcome] of list.entries()) {
          const run = probeStep(current, spec, look(), now);
          assert.equal(run.run, true);
          const step = probeStep(run.state, spec, result(outcome), now + 5);
          const length = outcome === 'success' ? successThreshold : failureThreshold;
          const met = at + 1 >= length && list.slice(at + 1 - length, at + 1).every((o) => o === outcome);
          const expected = met ? (outcome === 'success' ? 'Success' : 'Failure') : want;
          assert.deepEqual([step.state.result, step.changed ?? false], [expected, expected !== want]);
          want = expected;
          current = step.state;
          now = step.nextDue ?? now;
        }
      }),
    );
  });

  it('never runs more often than its period, whatever engines do', () => {
    const events = fc.array(fc.record({ wait: fc.nat(15_000), answer: fc.constantFrom('success', 'failure', 'none') }), { maxLength: 60 });
    fc.assert(
      fc.property(events, fc.constantFrom<ProbeType>('readiness', 'liveness', 'startup'), (list, type) => {
        const spec = probe({ periodSeconds: 3, timeoutSeconds: 1 });
        let current = newProbe(type, spec, T);
        let now = T;
        let last = Number.NEGATIVE_INFINITY;
        for (const { wait, answer } of list) {
          // an engine that died keeps its state as JSON
          const step = probeStep(structuredClone(current), spec, look({ started: type !== 'startup' }), now);
          if (step.run) {
            assert.ok(now - last >= 3000);
            last = now;
          }
          current = step.state;
          if (step.run && answer !== 'none') current = probeStep(current, spec, result(answer as 'success' | 'failure'), now + 1).state;
          now += wait;
        }
      }),
    );
  });
});
