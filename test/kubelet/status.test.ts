import assert from 'node:assert/strict';
import type { ContainerStatus, PodCondition, PodStatus } from '../../src/api/objects.ts';
import { podStatus, type StatusInput } from '../../src/kubelet/status.ts';
import { ago, Scenario } from './scenario.ts';

const whole = (secondsAgo: number): string => ago(secondsAgo).replace('.000Z', 'Z');
const running = { running: { startedAt: whole(90) } };
const app = (name: string, change: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  image: 'localhost/x:1',
  imageID: 'sha256:1',
  containerID: `podstead://${name}-0`,
  state: running,
  lastState: {},
  ready: true,
  restartCount: 0,
  started: true,
  ...change,
});
const unmade = (name: string, reason: string, change: Partial<ContainerStatus> = {}): ContainerStatus => {
  const { containerID: _, ...rest } = app(name, { imageID: '', state: { waiting: { reason } }, ready: false, started: false, ...change });
  return rest;
};
const ended = (name: string, exitCode: number, attempt = 0) => ({
  terminated: {
    containerID: `podstead://${name}-${attempt}`,
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: whole(90),
    finishedAt: whole(1),
  },
});
const condition = (type: string, status: string, change: Partial<PodCondition> = {}): PodCondition => ({
  type,
  status,
  lastTransitionTime: whole(0),
  observedGeneration: 1,
  ...change,
});
const unready = (message: string) => ({ reason: 'ContainersNotReady', message });
const conditions = (change: Partial<Record<string, PodCondition>> = {}): PodCondition[] =>
  ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
    (type) => change[type] ?? condition(type, 'True'),
  );
const notReady = (change: Partial<PodCondition>) => ({
  Ready: condition('Ready', 'False', change),
  ContainersReady: condition('ContainersReady', 'False', change),
});
const healthy = (change: Partial<PodStatus> = {}): PodStatus => ({
  observedGeneration: 1,
  phase: 'Running',
  conditions: conditions(),
  hostIP: '192.0.2.1',
  hostIPs: [{ ip: '192.0.2.1' }],
  podIP: '10.88.0.2',
  podIPs: [{ ip: '10.88.0.2' }],
  startTime: whole(100),
  containerStatuses: [app('log'), app('web')],
  qosClass: 'BestEffort',
  ...change,
});

interface Row {
  name: string;
  change: (s: Scenario) => void;
  more?: Partial<StatusInput>;
  want: PodStatus;
}
const rows: Row[] = [
  { name: 'all healthy; containers sorted by name', change: () => {}, want: healthy() },
  {
    name: 'a new pod',
    change: (s) => {
      s.containers = [];
      s.sandbox = undefined;
      delete s.pod.status;
    },
    want: (() => {
      const {
        podIP: _,
        podIPs: __,
        ...rest
      } = healthy({
        phase: 'Pending',
        startTime: whole(0),
        containerStatuses: [unmade('log', 'ContainerCreating'), unmade('web', 'ContainerCreating')],
        conditions: conditions({
          PodReadyToStartContainers: condition('PodReadyToStartContainers', 'False'),
          ...notReady(unready('containers with unready status: [web log]')),
        }),
      });
      return rest;
    })(),
  },
  {
    name: 'a container that can’t be started',
    change: (s) => {
      s.containers = s.containers.filter((c) => c.name !== 'web');
      s.startErrors.set('web', { reason: 'ErrImagePull', message: 'no such image' });
    },
    want: healthy({
      phase: 'Pending',
      containerStatuses: [app('log'), unmade('web', '', { state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } })],
      conditions: conditions(notReady(unready('containers with unready status: [web]'))),
    }),
  },
  {
    name: 'one that is just being made shows what was before',
    change: (s) => {
      s.exited('web', 1);
      s.running('web', { state: 'creating' });
      s.containers = s.containers.filter((c) => c.name !== 'log');
      s.running('log');
    },
    want: healthy({
      containerStatuses: [app('log'), app('web', { state: ended('web', 1), ready: false, started: false })],
      conditions: conditions(notReady(unready('containers with unready status: [web]'))),
    }),
  },
  {
    name: 'crash loop: waiting, the end in lastState, the pod still Running',
    change: (s) => {
      s.exited('web', 1);
      s.backedOff('web', 20, 3);
    },
    want: healthy({
      containerStatuses: [
        app('log'),
        app('web', {
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s restarting failed container=web pod=p_ns(u1)' } },
          lastState: ended('web', 1),
          ready: false,
          started: false,
        }),
      ],
      conditions: conditions(notReady(unready('containers with unready status: [web]'))),
    }),
  },
  {
    name: 'running again: the end before in lastState',
    change: (s) => {
      s.exited('web', 6).message = 'because';
      s.running('web');
    },
    want: healthy({
      containerStatuses: [
        app('log'),
        app('web', {
          containerID: 'podstead://web-1',
          restartCount: 1,
          lastState: { terminated: { ...ended('web', 6).terminated, message: 'because' } },
        }),
      ],
    }),
  },
  {
    name: 'OnFailure: ended well, the other runs',
    change: (s) => {
      s.pod.spec.restartPolicy = 'OnFailure';
      s.exited('web', 0);
    },
    want: healthy({
      containerStatuses: [app('log'), app('web', { state: ended('web', 0), ready: false, started: false })],
      conditions: conditions(notReady(unready('containers with unready status: [web]'))),
    }),
  },
  {
    name: 'all ended well: Succeeded',
    change: (s) => {
      s.pod.spec.restartPolicy = 'OnFailure';
      s.exited('web', 0);
      s.exited('log', 0);
      Object.assign(s.sandbox!, { state: 'stopped', alive: false });
    },
    want: healthy({
      phase: 'Succeeded',
      containerStatuses: ['log', 'web'].map((n) => app(n, { state: ended(n, 0), ready: false, started: false })),
      conditions: conditions({
        PodReadyToStartContainers: condition('PodReadyToStartContainers', 'False'),
        Initialized: condition('Initialized', 'True', { reason: 'PodCompleted' }),
        ...notReady({ reason: 'PodCompleted' }),
      }),
    }),
  },
  {
    name: 'Never, one ended badly: Failed',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.exited('web', 3);
      s.exited('log', 0);
    },
    want: healthy({
      phase: 'Failed',
      containerStatuses: [
        app('log', { state: ended('log', 0), ready: false, started: false }),
        app('web', { state: ended('web', 3), ready: false, started: false }),
      ],
      conditions: conditions(notReady({ reason: 'PodFailed' })),
    }),
  },
  {
    name: 'a verdict counts only when nothing lives',
    change: () => {},
    more: { verdict: { reason: 'DeadlineExceeded', message: 'too long' } },
    want: healthy(),
  },
  {
    name: 'a verdict',
    change: (s) => {
      s.exited('web', 0);
      s.exited('log', 0);
      s.pod.metadata.deletionTimestamp = whole(-1);
    },
    more: { verdict: { reason: 'DeadlineExceeded', message: 'too long' } },
    want: healthy({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'too long',
      containerStatuses: ['log', 'web'].map((n) => app(n, { state: ended(n, 0), ready: false, started: false })),
      conditions: conditions(notReady({ reason: 'PodFailed' })),
    }),
  },
  {
    name: 'a terminal phase is for good, with its reason',
    change: (s) => {
      s.pod.status = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long', startTime: whole(100) };
      s.exited('web', 0);
      s.exited('log', 0);
    },
    want: healthy({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'too long',
      containerStatuses: ['log', 'web'].map((n) => app(n, { state: ended(n, 0), ready: false, started: false })),
      conditions: conditions(notReady({ reason: 'PodFailed' })),
    }),
  },
  {
    name: 'deleted under Always, all ended well: Succeeded',
    change: (s) => {
      s.deleted(5);
      s.exited('web', 0);
      s.exited('log', 0);
    },
    want: healthy({
      phase: 'Succeeded',
      containerStatuses: ['log', 'web'].map((n) => app(n, { state: ended(n, 0), ready: false, started: false })),
      conditions: conditions({
        Initialized: condition('Initialized', 'True', { reason: 'PodCompleted' }),
        ...notReady({ reason: 'PodCompleted' }),
      }),
    }),
  },
  {
    name: 'readiness probe without a result yet; startup probe gates started',
    change: (s) => {
      s.spec('web').readinessProbe = { exec: { command: ['x'] } };
      s.spec('log').startupProbe = { exec: { command: ['x'] } };
    },
    want: healthy({
      containerStatuses: [app('log', { started: false, ready: false }), app('web', { ready: false })],
      conditions: conditions(notReady(unready('containers with unready status: [web log]'))),
    }),
  },
  {
    name: 'both probes have succeeded',
    change: (s) => {
      s.spec('web').readinessProbe = { exec: { command: ['x'] } };
      s.spec('log').startupProbe = { exec: { command: ['x'] } };
      s.probes.set('web-0', { readiness: 'Success' });
      s.probes.set('log-0', { startup: 'Success' });
    },
    want: healthy(),
  },
  {
    name: 'a readiness gate nobody has set, and one that says no',
    change: (s) => {
      s.pod.spec.readinessGates = [{ conditionType: 'a/b' }, { conditionType: 'c/d' }];
      s.pod.status!.conditions = [{ type: 'c/d', status: 'False' }];
    },
    want: healthy({
      conditions: [
        ...conditions({
          Ready: condition('Ready', 'False', {
            reason: 'ReadinessGatesNotReady',
            message:
              'corresponding condition of pod readiness gate "a/b" does not exist., the status of pod readiness gate "c/d" is not "True", but False',
          }),
        }),
        { type: 'c/d', status: 'False' },
      ],
    }),
  },
  {
    name: 'a condition that stays keeps its time',
    change: (s) => {
      s.pod.status!.conditions = [condition('Ready', 'True', { lastTransitionTime: whole(50) })];
    },
    want: healthy({ conditions: conditions({ Ready: condition('Ready', 'True', { lastTransitionTime: whole(50) }) }) }),
  },
  {
    name: 'hostNetwork: the machine’s address',
    change: (s) => {
      s.pod.spec.hostNetwork = true;
      delete s.sandbox!.address;
    },
    want: healthy({ podIP: '192.0.2.1', podIPs: [{ ip: '192.0.2.1' }] }),
  },
  {
    name: 'init: one done, one running',
    change: (s) => {
      s.withInits('one', 'two');
      s.exited('one', 0);
      s.running('two');
    },
    want: healthy({
      phase: 'Pending',
      initContainerStatuses: [app('one', { state: ended('one', 0), started: false }), app('two', { ready: false })],
      containerStatuses: [unmade('log', 'PodInitializing'), unmade('web', 'PodInitializing')],
      conditions: conditions({
        Initialized: condition('Initialized', 'False', {
          reason: 'ContainersNotInitialized',
          message: 'containers with incomplete status: [two]',
        }),
        ...notReady(unready('containers with unready status: [web log]')),
      }),
    }),
  },
  {
    name: 'init: failing, in back-off',
    change: (s) => {
      s.withInits('one');
      s.exited('one', 1);
      s.backedOff('one', 10, 1);
    },
    want: healthy({
      phase: 'Pending',
      initContainerStatuses: [
        app('one', {
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container=one pod=p_ns(u1)' } },
          lastState: ended('one', 1),
          ready: false,
          started: false,
        }),
      ],
      containerStatuses: [unmade('log', 'PodInitializing'), unmade('web', 'PodInitializing')],
      conditions: conditions({
        Initialized: condition('Initialized', 'False', {
          reason: 'ContainersNotInitialized',
          message: 'containers with incomplete status: [one]',
        }),
        ...notReady(unready('containers with unready status: [web log]')),
      }),
    }),
  },
  {
    name: 'init: failed under Never',
    change: (s) => {
      s.pod.spec.restartPolicy = 'Never';
      s.withInits('one');
      s.exited('one', 1);
    },
    want: healthy({
      phase: 'Failed',
      initContainerStatuses: [app('one', { state: ended('one', 1), ready: false, started: false })],
      containerStatuses: [unmade('log', 'PodInitializing'), unmade('web', 'PodInitializing')],
      conditions: conditions({
        Initialized: condition('Initialized', 'False', {
          reason: 'ContainersNotInitialized',
          message: 'containers with incomplete status: [one]',
        }),
        ...notReady({ reason: 'PodFailed' }),
      }),
    }),
  },
  {
    name: 'a sidecar that is not ready holds up the pod',
    change: (s) => {
      s.withInits({ name: 'side', image: 'localhost/x:1', restartPolicy: 'Always', readinessProbe: { exec: { command: ['x'] } } });
      for (const name of ['side', 'web', 'log']) s.running(name);
    },
    want: healthy({
      initContainerStatuses: [app('side', { ready: false })],
      conditions: conditions(notReady(unready('containers with unready status: [side]'))),
    }),
  },
];

describe('status of a pod', () => {
  for (const { name, change, more, want } of rows) {
    it(name, () => {
      const s = new Scenario();
      change(s);
      const { busy: _, hold: __, ...input } = s.input;
      const status = podStatus({ ...input, hostIP: '192.0.2.1', ...(s.pod.status && { previous: s.pod.status }), ...more });
      assert.deepEqual(status, want);
    });
  }
});
