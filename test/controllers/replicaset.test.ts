import assert from 'node:assert/strict';
import type { Pod, ReplicaSet } from '../../src/api/objects.ts';
import { timeText } from '../../src/api/time.ts';
import type { Change } from '../../src/controllers/change.ts';
import { deletionOrder } from '../../src/controllers/pod-rank.ts';
import { type ReplicaSetView, reconcileReplicaSet } from '../../src/controllers/replicaset.ts';
import { START, seeded, template } from './world.ts';

const at = (seconds: number) => timeText(new Date(START + seconds * 1000));
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs1', controller: true, blockOwnerDeletion: true };

const set = (spec: Partial<ReplicaSet['spec']> = {}): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'shop', uid: 'rs1', generation: 2 },
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template(), ...spec },
  status: { replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2, terminatingReplicas: 0, observedGeneration: 2 },
});
const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels: { app: 'web' }, ownerReferences: [owner], creationTimestamp: at(-100) },
  spec: { nodeName: 'here', containers: [{ name: 'c', image: 'web:one' }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(-90) }] },
});

interface Scenario {
  set: ReplicaSet;
  view: ReplicaSetView;
}
const healthy = (): Scenario & { a: Pod; b: Pod } => {
  const [a, b] = [pod('a'), pod('b')];
  return { set: set(), view: { pods: [a, b], random: seeded() }, a, b };
};

const made = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'web-', name, namespace: 'shop', labels: { app: 'web' }, ownerReferences: [owner] },
  spec: { containers: [{ name: 'c', image: 'web:one' }] },
});
const about = { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'shop', name: 'web', uid: 'rs1' };
const event = (reason: string, message: string): Change => ({
  do: 'event',
  about,
  event: { type: 'Normal', reason, message },
  why: message,
});
const created = (name: string, wanted: number): Change[] => [
  { do: 'create', object: made(name) as never, why: `web wants ${wanted} pods` },
  event('SuccessfulCreate', `Created pod: ${name}`),
];
const status = (s: ReplicaSet, next: Partial<NonNullable<ReplicaSet['status']>>, why: string): Change => {
  const full = { ...s.status, ...next } as Record<string, unknown>;
  return { do: 'updateStatus', object: { ...s, status: JSON.parse(JSON.stringify(full)) } as never, why };
};

const rows: { name: string; change: (s: ReturnType<typeof healthy>) => void; want: (s: ReturnType<typeof healthy>) => Change[] }[] = [
  { name: 'all healthy: nothing', change: () => {}, want: () => [] },
  {
    name: 'a pod is gone: another one is made',
    change: (s) => {
      s.view.pods = [s.a];
    },
    want: (s) => [
      ...created('web-jmrzc', 2),
      status(s.set, { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1 }, '1 pods, 1 ready'),
    ],
  },
  {
    name: 'a pod has failed: it counts no more, and stays',
    change: (s) => {
      s.b.status = { phase: 'Failed' };
    },
    want: (s) => [
      ...created('web-jmrzc', 2),
      status(s.set, { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1 }, '1 pods, 1 ready'),
    ],
  },
  {
    name: 'a pod is being deleted: another one is made, and it is counted as terminating',
    change: (s) => {
      s.b.metadata.deletionTimestamp = at(0);
    },
    want: (s) => [
      ...created('web-jmrzc', 2),
      status(
        s.set,
        { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 1 },
        '1 pods, 1 ready',
      ),
    ],
  },
  {
    name: 'one pod too many: the one that is not ready goes',
    change: (s) => {
      s.set.spec.replicas = 1;
      s.a.status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(-1) }] };
      s.set.status = { ...s.set.status, replicas: 2, readyReplicas: 1, availableReplicas: 1 };
    },
    want: () => [
      {
        do: 'delete',
        ref: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'a', uid: 'uid-a' },
        why: 'web wants 1 pods, 2 are there',
      },
      event('SuccessfulDelete', 'Deleted pod: a'),
    ],
  },
  {
    name: 'an orphan that matches is adopted, and counts',
    change: (s) => {
      delete s.b.metadata.ownerReferences;
    },
    want: (s) => [
      {
        do: 'update',
        object: { ...s.b, metadata: { ...s.b.metadata, ownerReferences: [owner] } } as never,
        why: 'Pod b matches the selector and belongs to nobody',
      },
    ],
  },
  {
    name: 'a pod of its own that no longer matches is released, and replaced',
    change: (s) => {
      s.b.metadata.labels = { app: 'quarantine' };
    },
    want: (s) => {
      const { ownerReferences: _, ...metadata } = s.b.metadata;
      return [
        { do: 'update', object: { ...s.b, metadata } as never, why: 'Pod b no longer matches the selector' },
        ...created('web-jmrzc', 2),
        status(s.set, { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1 }, '1 pods, 1 ready'),
      ];
    },
  },
  {
    name: "somebody else's pod is not stolen",
    change: (s) => {
      s.view.pods = [s.a, s.b, { ...pod('c'), metadata: { ...pod('c').metadata, ownerReferences: [{ ...owner, uid: 'other' }] } }];
    },
    want: () => [],
  },
  {
    name: 'another namespace is another world',
    change: (s) => {
      s.view.pods = [s.a, s.b, { ...pod('c'), metadata: { ...pod('c').metadata, namespace: 'other', ownerReferences: [] } }];
    },
    want: () => [],
  },
  {
    name: 'being deleted: no pods are made, nobody is adopted',
    change: (s) => {
      s.set.metadata.deletionTimestamp = at(0);
      s.view.pods = [s.a, { ...s.b, metadata: { ...s.b.metadata, ownerReferences: [] } }];
    },
    want: (s) => [status(s.set, { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1 }, '1 pods, 1 ready')],
  },
  {
    name: 'minReadySeconds: ready, available later, and a look then',
    change: (s) => {
      s.set.spec.minReadySeconds = 100;
    },
    want: (s) => [
      status(s.set, { availableReplicas: undefined }, '2 pods, 2 ready'),
      { do: 'lookAgain', about, at: START + 10_000, why: 'minReadySeconds' },
    ],
  },
  {
    name: 'a pod could not be made: the condition says why',
    change: (s) => {
      s.view.failure = { reason: 'FailedCreate', message: 'the disk is full' };
    },
    want: (s) => [
      status(
        s.set,
        {
          conditions: [
            { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'the disk is full', lastTransitionTime: at(0) },
          ],
        },
        '2 pods, 2 ready',
      ),
    ],
  },
];

describe('ReplicaSet', () => {
  for (const row of rows)
    it(row.name, () => {
      const s = healthy();
      row.change(s);
      assert.deepEqual(reconcileReplicaSet(s.set, s.view, START), row.want(s));
    });

  it('a name that is taken is not given again', () => {
    const s = healthy();
    s.view.pods = [{ ...s.a, metadata: { ...s.a.metadata, name: 'web-jmrzc' } }];
    const names = reconcileReplicaSet(s.set, s.view, START).flatMap((c) => (c.do === 'create' ? [c.object.metadata.name] : []));
    assert.equal(names.length, 1);
    assert.notEqual(names[0], 'web-jmrzc');
  });
});

describe('which pod goes first', () => {
  const order: { name: string; first: (p: Pod) => void; second?: (p: Pod) => void }[] = [
    { name: 'the one without a node', first: (p) => delete p.spec.nodeName },
    { name: 'a pending one before a running one', first: (p) => Object.assign(p.status ?? {}, { phase: 'Pending' }) },
    { name: 'an unknown one before a running one', first: (p) => Object.assign(p.status ?? {}, { phase: 'Unknown' }) },
    { name: 'the one that is not ready', first: (p) => Object.assign(p.status?.conditions?.[0] ?? {}, { status: 'False' }) },
    {
      name: 'the one whose deletion costs less',
      first: (p) => {
        p.metadata.annotations = { 'controller.kubernetes.io/pod-deletion-cost': '-5' };
      },
    },
    {
      name: 'the one that is ready for much less time',
      first: (p) => Object.assign(p.status?.conditions?.[0] ?? {}, { lastTransitionTime: at(-1) }),
    },
    {
      name: 'the one that restarted more often',
      first: (p) => Object.assign(p.status ?? {}, { containerStatuses: [{ name: 'c', restartCount: 3 }] }),
    },
    { name: 'the much younger one', first: (p) => Object.assign(p.metadata, { creationTimestamp: at(-1) }) },
  ];
  for (const { name, first } of order)
    it(name, () => {
      const [a, b] = [pod('a'), pod('b')];
      first(b);
      assert.deepEqual(
        deletionOrder([a, b], START).map((p) => p.metadata.name),
        ['b', 'a'],
      );
    });
});
