import assert from 'node:assert/strict';
import type { ContainerStatus, Pod } from '../../../src/api/objects.ts';
import { kindTable } from '../../../src/cli/columns/kind-table.ts';
import { renderTable } from '../../../src/cli/table.ts';

const now = new Date('2026-03-01T12:00:00Z');

const status = (name: string, change: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  image: 'localhost/x:1',
  imageID: 'sha256:0',
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: '2026-03-01T11:59:00Z' } },
  ...change,
});

const ended = (exitCode: number, reason?: string, finishedAt = '2026-03-01T11:59:30Z') => ({
  terminated: { exitCode, finishedAt, ...(reason === undefined ? {} : { reason }) },
});

function healthyPod(): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', creationTimestamp: '2026-03-01T11:58:00Z', labels: { tier: 'front', app: 'web' } },
    spec: {
      nodeName: 'box',
      containers: [
        { name: 'a', image: 'localhost/x:1' },
        { name: 'b', image: 'localhost/x:1' },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '10.88.0.2',
      conditions: [
        { type: 'Initialized', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
      containerStatuses: [status('a'), status('b')],
    },
  };
}

describe('the table of pods', () => {
  const rows: { name: string; change: (pod: Pod) => void; want: string }[] = [
    { name: 'all run', change: () => {}, want: 'web    2/2     Running   0          2m' },
    { name: 'not seen yet', change: (p) => void delete p.status, want: 'web    0/2     Pending   0          2m' },
    {
      name: 'crash loop with a restart',
      change: (p) => {
        p.status!.containerStatuses![1] = status('b', {
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: ended(1, 'Error'),
        });
      },
      want: 'web    1/2     CrashLoopBackOff   3 (30s ago)   2m',
    },
    {
      name: 'done',
      change: (p) => {
        p.status!.phase = 'Succeeded';
        p.status!.containerStatuses = [
          status('a', { ready: false, state: ended(0, 'Completed') }),
          status('b', { ready: false, state: ended(0, 'Completed') }),
        ];
      },
      want: 'web    0/2     Completed   0          2m',
    },
    {
      name: 'one done, one runs: Running while ready',
      change: (p) => {
        p.status!.containerStatuses![0] = status('a', { ready: false, state: ended(0, 'Completed') });
      },
      want: 'web    1/2     Running   0          2m',
    },
    {
      name: 'one done, one runs: NotReady else',
      change: (p) => {
        p.status!.conditions![1]!.status = 'False';
        p.status!.containerStatuses![0] = status('a', { ready: false, state: ended(0, 'Completed') });
      },
      want: 'web    1/2     NotReady   0          2m',
    },
    {
      name: 'ended by a signal without a reason',
      change: (p) => {
        p.status!.containerStatuses![0] = status('a', { ready: false, state: { terminated: { exitCode: 137, signal: 9 } } });
      },
      want: 'web    1/2     Signal:9   0          2m',
    },
    {
      name: 'ended with a code without a reason',
      change: (p) => {
        p.status!.containerStatuses![0] = status('a', { ready: false, state: ended(4) });
      },
      want: 'web    1/2     ExitCode:4   0          2m',
    },
    {
      name: 'terminating',
      change: (p) => {
        p.metadata.deletionTimestamp = '2026-03-01T12:00:00Z';
      },
      want: 'web    2/2     Terminating   0          2m',
    },
    {
      name: 'deleted after its end',
      change: (p) => {
        p.metadata.deletionTimestamp = '2026-03-01T12:00:00Z';
        p.status!.phase = 'Failed';
        p.status!.containerStatuses = [status('a', { ready: false, state: ended(1, 'Error') })];
      },
      want: 'web    0/2     Error    0          2m',
    },
    {
      name: 'a reason of the pod',
      change: (p) => {
        p.status = { phase: 'Failed', reason: 'DeadlineExceeded' };
      },
      want: 'web    0/2     DeadlineExceeded   0          2m',
    },
    {
      name: 'first init container runs',
      change: (p) => {
        p.spec.initContainers = [
          { name: 'i', image: 'x' },
          { name: 'j', image: 'x' },
        ];
        p.status = {
          phase: 'Pending',
          initContainerStatuses: [status('i', { ready: false })],
          containerStatuses: [status('a', { ready: false, state: { waiting: { reason: 'PodInitializing' } } })],
        };
      },
      want: 'web    0/2     Init:0/2   0          2m',
    },
    {
      name: 'an init container crashes',
      change: (p) => {
        p.spec.initContainers = [{ name: 'i', image: 'x' }];
        p.status = {
          phase: 'Pending',
          initContainerStatuses: [
            status('i', {
              ready: false,
              restartCount: 2,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: ended(1, 'Error'),
            }),
          ],
        };
      },
      want: 'web    0/2     Init:CrashLoopBackOff   2 (30s ago)   2m',
    },
    {
      name: 'an init container has failed',
      change: (p) => {
        p.spec.initContainers = [{ name: 'i', image: 'x' }];
        p.status = { phase: 'Failed', initContainerStatuses: [status('i', { ready: false, state: ended(3, 'Error') })] };
      },
      want: 'web    0/2     Init:Error   0          2m',
    },
    {
      name: 'a sidecar counts, its restarts too; those of init containers no more',
      change: (p) => {
        p.spec.initContainers = [
          { name: 'i', image: 'x' },
          { name: 's', image: 'x', restartPolicy: 'Always' },
        ];
        p.status!.initContainerStatuses = [
          status('i', { ready: true, restartCount: 5, state: ended(0, 'Completed'), lastState: ended(1, 'Error') }),
          status('s', { restartCount: 1, lastState: ended(1, 'Error', '2026-03-01T11:59:50Z') }),
        ];
      },
      want: 'web    3/3     Running   1 (10s ago)   2m',
    },
  ];
  for (const { name, change, want } of rows) {
    it(name, () => {
      const pod = healthyPod();
      change(pod);
      assert.equal(renderTable(kindTable('Pod', [pod], { now }))[1], want);
    });
  }
  it('wide, with namespaces and labels', () => {
    const lines = renderTable(kindTable('Pod', [healthyPod()], { now, wide: true, namespaces: true, labels: true }));
    assert.deepEqual(lines, [
      'NAMESPACE   NAME   READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES   LABELS',
      'default     web    2/2     Running   0          2m    10.88.0.2   box    <none>           <none>            app=web,tier=front',
    ]);
  });
});
