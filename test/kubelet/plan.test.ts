import assert from 'node:assert/strict';
import type { Action } from '../../src/kubelet/action.ts';
import { containerBackoffKey } from '../../src/kubelet/backoff.ts';
import type { Plan } from '../../src/kubelet/draft.ts';
import { planOrphan, planPod } from '../../src/kubelet/plan.ts';
import { ago, later, NOW, Scenario } from './scenario.ts';

const KEY = containerBackoffKey({ name: 'web', image: 'localhost/x:1' });
const killed = (name: string, gracePeriodSeconds = 30, change: Partial<Action & { do: 'killContainer' }> = {}): Action => ({
  do: 'killContainer',
  id: `${name}-0`,
  name,
  gracePeriodSeconds,
  restart: false,
  why: `Stopping container ${name}`,
  ...change,
});
const started = (name: string, why: string, change: Partial<Action & { do: 'startContainer' }> = {}): Action => ({
  do: 'startContainer',
  kind: 'app',
  name,
  attempt: 0,
  why,
  ...change,
});
const FIRST = 'it has not run yet';
const KILL = { why: 'Stopping container web', restart: false, startedAt: ago(2), gracePeriodSeconds: 30, deadline: ago(-28) };

interface Row {
  name: string;
  change: (s: Scenario) => void;
  want: Plan;
}

const basics: Row[] = [
  { name: 'all healthy: nothing', change: () => {}, want: { actions: [] } },
  {
    name: 'a new pod: sandbox and every container at once',
    change: (s) => {
      s.sandbox = undefined;
      s.containers = [];
    },
    want: {
      actions: [{ do: 'createSandbox', attempt: 0, why: 'the pod is new' }, started('web', FIRST), started('log', FIRST)],
    },
  },
  {
    name: 'a new pod that is held: nothing, looked at again when told',
    change: (s) => {
      s.sandbox = undefined;
      s.containers = [];
      s.hold = { why: 'FailedMount', retryAt: ago(-5) };
    },
    want: { actions: [], nextDue: later(5) },
  },
  {
    name: 'the sandbox is being made: only what is not under way yet is started',
    change: (s) => {
      s.sandbox = undefined;
      s.containers = [];
      s.busy = { sandbox: 'making', containers: new Set(['web']) };
    },
    want: { actions: [started('log', FIRST)] },
  },
  {
    name: 'the sandbox is being stopped: nothing',
    change: (s) => {
      s.containers = [];
      s.busy = { sandbox: 'stopping' };
    },
    want: { actions: [] },
  },
];

const restarts: Row[] = [
  {
    name: 'Always, exit 0: at once, the first time',
    change: (s) => s.exited('web', 0),
    want: {
      actions: [started('web', 'it ended with code 0', { attempt: 1, backoff: { key: KEY, finishedAt: ago(1) } })],
    },
  },
  {
    name: 'again within the back-off: not before 10 s after its end',
    change: (s) => {
      s.exited('web', 1);
      s.backedOff('web', 10, 3);
    },
    want: { actions: [], nextDue: later(9) },
  },
  {
    name: 'the back-off counts from the end, not from the last try',
    change: (s) => {
      s.exited('web', 1, 11);
      s.backedOff('web', 10, 3);
    },
    want: {
      actions: [started('web', 'it ended with code 1', { attempt: 1, backoff: { key: KEY, finishedAt: ago(11) } })],
    },
  },
  {
    name: 'OnFailure, exit 0: left as it is',
    change: (s) => {
      s.pod.spec.restartPolicy = 'OnFailure';
      s.exited('web', 0);
    },
    want: { actions: [] },
  },
  {
    name: 'Never, exit 1: left as it is',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.exited('web', 1);
    },
    want: { actions: [] },
  },
  {
    name: 'Never, all ended: the sandbox goes',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.exited('web', 1);
      s.exited('log', 0);
    },
    want: { actions: [{ do: 'stopSandbox', id: 's0', why: 'all containers have ended for good' }] },
  },
  {
    name: 'a rule of its own restarts a container of a Never pod',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.spec('web').restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }];
      s.exited('web', 42);
      s.exited('log', 0);
    },
    want: {
      actions: [started('web', 'it ended with code 42', { attempt: 1, backoff: { key: KEY, finishedAt: ago(1) } })],
    },
  },
  {
    name: 'a failed start is tried again when its time has come, not before',
    change: (s) => {
      s.containers = s.containers.filter((c) => c.name !== 'web');
      s.startErrors.set('web', { reason: 'ErrImagePull', message: 'no', retryAt: ago(-7) });
    },
    want: { actions: [], nextDue: later(7) },
  },
  {
    name: 'the third instance ended: the first is forgotten',
    change: (s) => {
      s.exited('web', 1);
      s.running('web');
      s.exited('web', 1);
      s.running('web');
    },
    want: { actions: [{ do: 'removeContainer', id: 'web-0', name: 'web', why: 'two newer instances are known' }] },
  },
];

const replaced: Row[] = [
  {
    name: 'another image: that container alone is ended to be replaced',
    change: (s) => {
      s.spec('web').image = 'localhost/x:2';
    },
    want: {
      actions: [killed('web', 30, { restart: true, why: 'Container web definition changed, will be restarted' })],
    },
  },
  {
    name: 'ended to be replaced: started again under Never, whatever its code, without back-off',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.spec('web').image = 'localhost/x:2';
      s.exited('web', 0).kill = { ...KILL, restart: true };
    },
    want: {
      actions: [
        started('web', 'it was ended to be replaced', {
          attempt: 1,
          backoff: { key: containerBackoffKey({ name: 'web', image: 'localhost/x:2' }), finishedAt: ago(1) },
        }),
      ],
    },
  },
  {
    name: 'liveness failure: ended with the pod’s grace and started again',
    change: (s) => s.probes.set('web-0', { liveness: 'Failure' }),
    want: { actions: [killed('web', 30, { restart: true, why: 'Container web failed liveness probe, will be restarted' })] },
  },
  {
    name: 'liveness failure under Never: ended for good',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.probes.set('web-0', { liveness: 'Failure' });
    },
    want: { actions: [killed('web', 30, { why: 'Container web failed liveness probe' })] },
  },
  {
    name: 'startup failure with a grace of its own',
    change: (s) => {
      s.spec('web').startupProbe = { exec: { command: ['x'] }, terminationGracePeriodSeconds: 3 };
      s.probes.set('web-0', { startup: 'Failure' });
    },
    want: { actions: [killed('web', 3, { restart: true, why: 'Container web failed startup probe, will be restarted' })] },
  },
  {
    name: 'readiness failure: kept',
    change: (s) => s.probes.set('web-0', { readiness: 'Failure' }),
    want: { actions: [] },
  },
  {
    name: 'a kill under way goes on, though its reason is forgotten',
    change: (s) => {
      s.record('web').kill = { ...KILL, restart: true, why: 'because', gracePeriodSeconds: 5 };
    },
    want: { actions: [killed('web', 5, { restart: true, why: 'because' })] },
  },
];

const hooks: Row[] = [
  {
    name: 'the containers after one with a postStart hook wait for it',
    change: (s) => {
      s.spec('web').lifecycle = { postStart: { exec: { command: ['x'] } } };
      s.containers = [];
    },
    want: { actions: [started('web', FIRST)] },
  },
  {
    name: 'running with its hook to be run: the hook, and still nothing after it',
    change: (s) => {
      s.spec('web').lifecycle = { postStart: { exec: { command: ['x'] } } };
      s.containers = s.containers.filter((c) => c.name === 'web');
    },
    want: { actions: [{ do: 'postStart', id: 'web-0', name: 'web', why: 'its hook has not ended yet' }] },
  },
  {
    name: 'the hook has ended: the next one starts',
    change: (s) => {
      s.spec('web').lifecycle = { postStart: { exec: { command: ['x'] } } };
      s.record('web').postStarted = true;
      s.containers = s.containers.filter((c) => c.name === 'web');
    },
    want: { actions: [started('log', FIRST)] },
  },
  {
    name: 'the hook failed: that container is ended, the next one starts',
    change: (s) => {
      s.spec('web').lifecycle = { postStart: { exec: { command: ['x'] } } };
      s.record('web').postStartError = 'exit 1';
      s.containers = s.containers.filter((c) => c.name === 'web');
    },
    want: { actions: [killed('web', 30, { restart: true, why: 'FailedPostStartHook' }), started('log', FIRST)] },
  },
  {
    name: 'one with a hook that waits for its back-off does not hold up the others',
    change: (s) => {
      s.spec('web').lifecycle = { postStart: { exec: { command: ['x'] } } };
      s.exited('web', 1);
      s.backedOff('web', 10, 1);
      s.containers = s.containers.filter((c) => c.name === 'web');
    },
    want: { actions: [started('log', FIRST)], nextDue: later(9) },
  },
];

const sandboxes: Row[] = [
  {
    name: 'infra died: what lives is ended',
    change: (s) => {
      s.sandbox!.alive = false;
    },
    want: { actions: [killed('web'), killed('log')] },
  },
  {
    name: 'infra died, containers ended: the rest of the sandbox goes',
    change: (s) => {
      s.sandbox!.alive = false;
      s.exited('web', 137);
      s.exited('log', 137);
    },
    want: { actions: [{ do: 'stopSandbox', id: 's0', why: 'Pod sandbox changed, it will be killed and re-created.' }] },
  },
  {
    name: 'sandbox gone: a new one, and every container again',
    change: (s) => {
      Object.assign(s.sandbox!, { alive: false, state: 'stopped' });
      s.exited('web', 137);
      s.exited('log', 0);
    },
    want: {
      actions: [
        { do: 'createSandbox', attempt: 1, why: 'the sandbox before is gone' },
        started('web', 'new sandbox', { attempt: 1, backoff: { key: KEY, finishedAt: ago(1) } }),
        started('log', 'new sandbox', {
          attempt: 1,
          backoff: { key: containerBackoffKey({ name: 'log', image: 'localhost/x:1' }), finishedAt: ago(1) },
        }),
      ],
    },
  },
  {
    name: 'sandbox gone, OnFailure: not those that ended well',
    change: (s) => {
      s.pod.spec.restartPolicy = 'OnFailure';
      Object.assign(s.sandbox!, { alive: false, state: 'stopped' });
      s.exited('web', 137);
      s.exited('log', 0);
    },
    want: {
      actions: [
        { do: 'createSandbox', attempt: 1, why: 'the sandbox before is gone' },
        started('web', 'new sandbox', { attempt: 1, backoff: { key: KEY, finishedAt: ago(1) } }),
      ],
    },
  },
  {
    name: 'sandbox gone, Never: stays down, also what had not run yet',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      Object.assign(s.sandbox!, { alive: false, state: 'stopped' });
      s.exited('web', 137);
      s.containers = s.containers.filter((c) => c.name === 'web');
    },
    want: { actions: [] },
  },
  {
    name: 'sandbox gone before anything had run, Never: a new one',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      Object.assign(s.sandbox!, { alive: false, state: 'stopped' });
      s.containers = [];
    },
    want: {
      actions: [{ do: 'createSandbox', attempt: 1, why: 'the sandbox before is gone' }, started('web', FIRST), started('log', FIRST)],
    },
  },
  {
    name: 'a sandbox without an address is none',
    change: (s) => {
      delete s.sandbox!.address;
      s.containers = [];
    },
    want: { actions: [{ do: 'stopSandbox', id: 's0', why: 'Pod sandbox changed, it will be killed and re-created.' }] },
  },
  {
    name: 'hostNetwork needs no address',
    change: (s) => {
      s.pod.spec.hostNetwork = true;
      s.sandbox!.hostNetwork = true;
      delete s.sandbox!.address;
    },
    want: { actions: [] },
  },
  {
    name: 'sandbox gone with init containers: the first of them only',
    change: (s) => {
      s.withInits('one');
      s.exited('one', 0);
      s.exited('web', 137);
      s.exited('log', 137);
      Object.assign(s.sandbox!, { alive: false, state: 'stopped' });
    },
    want: {
      actions: [
        { do: 'createSandbox', attempt: 1, why: 'the sandbox before is gone' },
        started('one', 'first init container', { kind: 'init', attempt: 1 }),
      ],
    },
  },
];

const ends: Row[] = [
  {
    name: 'deleted: all at once, with the deletion’s grace',
    change: (s) => s.deleted(5),
    want: { actions: [killed('web', 5), killed('log', 5)] },
  },
  {
    name: 'deleted again with less grace: the kill under way is shortened',
    change: (s) => {
      s.deleted(1);
      s.record('web').kill = KILL;
      s.exited('log', 0);
    },
    want: { actions: [killed('web', 1)] },
  },
  {
    name: 'deleted while being replaced: no restart any more',
    change: (s) => {
      s.deleted(5);
      s.record('web').kill = { ...KILL, restart: true, gracePeriodSeconds: 2 };
      s.exited('log', 0);
    },
    want: { actions: [killed('web', 2)] },
  },
  {
    name: 'deleted, containers ended: the sandbox',
    change: (s) => {
      s.deleted(5);
      s.exited('web', 0);
      s.exited('log', 137);
    },
    want: { actions: [{ do: 'stopSandbox', id: 's0', why: 'the pod is deleted' }] },
  },
  {
    name: 'deleted, nothing left: finalize',
    change: (s) => {
      s.deleted(5);
      s.exited('web', 0);
      s.exited('log', 137);
      s.sandbox!.state = 'stopped';
    },
    want: { actions: [{ do: 'finalize', why: 'deleted and nothing of it lives' }] },
  },
  {
    name: 'deleted while a container is being started: wait for that first',
    change: (s) => {
      s.deleted(5);
      s.containers = [];
      s.busy = { containers: new Set(['web']) };
    },
    want: { actions: [] },
  },
  {
    name: 'deleted before anything was made: finalize',
    change: (s) => {
      s.deleted(5);
      s.containers = [];
      s.sandbox = undefined;
    },
    want: { actions: [{ do: 'finalize', why: 'deleted and nothing of it lives' }] },
  },
  {
    name: 'deleted with init containers running: they end too, nothing is started',
    change: (s) => {
      s.withInits('one', 'two');
      s.running('one');
      s.deleted(5);
    },
    want: { actions: [killed('one', 5)] },
  },
  {
    name: 'phase Failed: what lives is ended',
    change: (s) => {
      s.pod.status = { phase: 'Failed' };
    },
    want: { actions: [killed('web'), killed('log')] },
  },
  {
    name: 'phase Succeeded, sandbox stopped: nothing, even if the policy were Always',
    change: (s) => {
      s.pod.status = { phase: 'Succeeded' };
      s.exited('web', 0);
      s.exited('log', 0);
      s.sandbox!.state = 'stopped';
    },
    want: { actions: [] },
  },
  {
    name: 'an active deadline to come: looked at again then',
    change: (s) => {
      s.pod.spec.activeDeadlineSeconds = 130;
    },
    want: { actions: [], nextDue: later(30) },
  },
  {
    name: 'the active deadline is over: all ended with the pod’s grace',
    change: (s) => {
      s.pod.spec.activeDeadlineSeconds = 100;
    },
    want: { actions: [killed('web'), killed('log')] },
  },
  {
    name: 'the active deadline is over and all has ended: Failed',
    change: (s) => {
      s.pod.spec.activeDeadlineSeconds = 100;
      s.exited('web', 0);
      s.exited('log', 0);
      s.sandbox!.state = 'stopped';
    },
    want: {
      actions: [
        {
          do: 'failPod',
          reason: 'DeadlineExceeded',
          message: 'Pod was active on the node longer than the specified deadline',
          why: 'its active deadline is over',
        },
      ],
    },
  },
];

const table = (title: string, rows: readonly Row[]) =>
  describe(title, () => {
    for (const row of rows) {
      it(row.name, () => {
        const s = new Scenario();
        row.change(s);
        assert.deepEqual(planPod(s.input), row.want);
      });
    }
  });

table('plan of a pod', basics);
table('plan: restarts', restarts);
table('plan: containers that are replaced', replaced);
table('plan: postStart hooks', hooks);
table('plan: sandboxes', sandboxes);
table('plan: ends', ends);

describe('plan of what a removed pod left', () => {
  it('ends what lives, without grace', () => {
    const s = new Scenario();
    assert.deepEqual(planOrphan(s.input), [killed('web', 0), killed('log', 0)]);
  });
  it('then the sandbox, then the rest', () => {
    const s = new Scenario();
    s.exited('web', 0);
    s.exited('log', 0);
    assert.deepEqual(planOrphan(s.input), [{ do: 'stopSandbox', id: 's0', why: 'its pod is gone' }]);
    s.sandbox!.state = 'stopped';
    assert.deepEqual(planOrphan(s.input), [{ do: 'finalize', why: 'its pod is gone' }]);
  });
  it('looks at nothing but the rows', () => assert.equal(NOW.getTime(), new Scenario().input.now.getTime()));
});
