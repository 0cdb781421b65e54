import assert from 'node:assert/strict';
import type { Container } from '../../src/api/objects.ts';
import type { Action } from '../../src/kubelet/action.ts';
import { containerBackoffKey } from '../../src/kubelet/backoff.ts';
import type { Plan } from '../../src/kubelet/draft.ts';
import { planPod } from '../../src/kubelet/plan.ts';
import { ago, later, Scenario } from './scenario.ts';

const key = (name: string): string => containerBackoffKey({ name, image: 'localhost/x:1' });
const start = (kind: 'init' | 'app', name: string, why: string, attempt = 0, finishedAt?: string): Action => ({
  do: 'startContainer',
  kind,
  name,
  attempt,
  ...(finishedAt !== undefined && { backoff: { key: key(name), finishedAt } }),
  why,
});
const kill = (name: string, grace: number, change: Partial<Action & { do: 'killContainer' }> = {}): Action => ({
  do: 'killContainer',
  id: `${name}-0`,
  name,
  gracePeriodSeconds: grace,
  restart: false,
  why: `Stopping container ${name}`,
  ...change,
});
const FIRST = 'it has not run yet';
const APPS = [start('app', 'web', FIRST), start('app', 'log', FIRST)];
const side = (change: Partial<Container> = {}): Container => ({ name: 'side', image: 'localhost/x:1', restartPolicy: 'Always', ...change });
const EXEC = { exec: { command: ['x'] } };

interface Row {
  name: string;
  change: (s: Scenario) => void;
  want: Plan;
}

const inits: Row[] = [
  {
    name: 'nothing has run: the first only',
    change: (s) => s.withInits('one', 'two'),
    want: { actions: [start('init', 'one', 'first init container')] },
  },
  {
    name: 'one runs: wait',
    change: (s) => {
      s.withInits('one', 'two');
      s.running('one');
    },
    want: { actions: [] },
  },
  {
    name: 'one is being started: wait',
    change: (s) => {
      s.withInits('one', 'two');
      s.busy = { containers: new Set(['one']) };
    },
    want: { actions: [] },
  },
  {
    name: 'one ended well: the next',
    change: (s) => {
      s.withInits('one', 'two');
      s.exited('one', 0);
    },
    want: { actions: [start('init', 'two', 'after init container one')] },
  },
  {
    name: 'all ended well: the app containers',
    change: (s) => {
      s.withInits('one', 'two');
      s.exited('one', 0);
      s.exited('two', 0);
    },
    want: { actions: APPS },
  },
  {
    name: 'one failed: again, under Always',
    change: (s) => {
      s.withInits('one', 'two');
      s.exited('one', 3);
    },
    want: { actions: [start('init', 'one', 'init container ended with code 3', 1, ago(1))] },
  },
  {
    name: 'one failed again: after its back-off',
    change: (s) => {
      s.withInits('one', 'two');
      s.exited('one', 3);
      s.backedOff('one', 20, 2);
    },
    want: { actions: [], nextDue: later(19) },
  },
  {
    name: 'one failed under Never: the pod is over',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.withInits('one', 'two');
      s.exited('one', 3);
    },
    want: { actions: [{ do: 'stopSandbox', id: 's0', why: 'an init container failed' }] },
  },
  {
    name: 'one failed under Never, sandbox stopped: nothing more',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.withInits('one', 'two');
      s.exited('one', 3);
      Object.assign(s.sandbox!, { state: 'stopped', alive: false });
    },
    want: { actions: [] },
  },
  {
    name: 'an app container runs: init containers are not looked at again',
    change: (s) => {
      s.withInits('one', 'two');
      s.running('web');
      s.running('log');
    },
    want: { actions: [] },
  },
  {
    name: 'what ran in an earlier sandbox counts as not run',
    change: (s) => {
      s.withInits('one', 'two');
      s.exited('one', 0).sandboxId = 'earlier';
    },
    want: { actions: [start('init', 'one', 'first init container', 1)] },
  },
];

const sidecars: Row[] = [
  {
    name: 'a sidecar that runs lets the next begin',
    change: (s) => {
      s.withInits(side(), 'two');
      s.running('side');
    },
    want: { actions: [start('init', 'two', 'after init container side')] },
  },
  {
    name: 'not before its startup probe has succeeded',
    change: (s) => {
      s.withInits(side({ startupProbe: EXEC }), 'two');
      s.running('side');
    },
    want: { actions: [] },
  },
  {
    name: 'but then',
    change: (s) => {
      s.withInits(side({ startupProbe: EXEC }));
      s.running('side');
      s.probes.set('side-0', { startup: 'Success' });
    },
    want: { actions: APPS },
  },
  {
    name: 'not before its postStart hook has ended',
    change: (s) => {
      s.withInits(side({ lifecycle: { postStart: EXEC } }));
      s.running('side');
    },
    want: { actions: [{ do: 'postStart', id: 'side-0', name: 'side', why: 'its hook has not ended yet' }] },
  },
  {
    name: 'a sidecar that ended is started again, with exit 0 too, while the next init container runs',
    change: (s) => {
      s.withInits(side(), 'two');
      s.exited('side', 0);
      s.running('two');
    },
    want: { actions: [start('init', 'side', 'sidecar ended with code 0', 1, ago(1))] },
  },
  {
    name: 'a sidecar that ended is started again beside the app containers, under Never too',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.withInits(side());
      s.exited('side', 1);
      s.running('web');
      s.running('log');
    },
    want: { actions: [start('init', 'side', 'sidecar ended with code 1', 1, ago(1))] },
  },
  {
    name: 'liveness failure of a sidecar: replaced',
    change: (s) => {
      s.withInits(side({ livenessProbe: EXEC }));
      s.running('side');
      s.running('web');
      s.running('log');
      s.probes.set('side-0', { liveness: 'Failure' });
    },
    want: { actions: [kill('side', 30, { restart: true, why: 'Container side failed liveness probe, will be restarted' })] },
  },
  {
    name: 'all app containers ended for good: the sidecar is ended, and not started again',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.withInits(side(), side({ name: 'crashed' }));
      s.running('side');
      s.exited('crashed', 1);
      s.exited('web', 0);
      s.exited('log', 0);
    },
    want: { actions: [kill('side', 30)] },
  },
  {
    name: 'deleted: sidecars wait for the app containers',
    change: (s) => {
      s.withInits(side());
      s.running('side');
      s.running('web');
      s.deleted(20);
    },
    want: { actions: [kill('web', 20)] },
  },
  {
    name: 'then they end, the last first, with what is left of the grace',
    change: (s) => {
      s.withInits(side(), side({ name: 'second' }));
      s.running('side');
      s.running('second');
      s.exited('web', 0);
      s.deleted(20, 6);
    },
    want: { actions: [kill('second', 14)] },
  },
  {
    name: 'the grace is used up: one second is left',
    change: (s) => {
      s.withInits(side());
      s.running('side');
      s.deleted(20, 25);
    },
    want: { actions: [kill('side', 1)] },
  },
  {
    name: 'deleted without grace: all at once',
    change: (s) => {
      s.withInits(side());
      s.running('side');
      s.running('web');
      s.deleted(0);
    },
    want: { actions: [kill('web', 0), kill('side', 0)] },
  },
];

for (const [title, rows] of [
  ['plan: init containers', inits],
  ['plan: sidecars', sidecars],
] as const) {
  describe(title, () => {
    for (const row of rows) {
      it(row.name, () => {
        const s = new Scenario();
        row.change(s);
        assert.deepEqual(planPod(s.input), row.want);
      });
    }
  });
}
