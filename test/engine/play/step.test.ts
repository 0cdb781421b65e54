import assert from 'node:assert/strict';
import type { Deployment, KubeObject, Pod, ReplicaSet, Stored } from '../../../src/api/objects.ts';
import { type Facts, placeOf, type StoredPlay } from '../../../src/engine/play/facts.ts';
import { nextStep, outcomeOf, type Step } from '../../../src/engine/play/step.ts';
import { configMap, pod } from './world.ts';

const BEGAN = '2026-01-02T03:04:05.000000Z';
const T0 = Date.parse(BEGAN);

interface Scene {
  play: StoredPlay;
  objects: Stored[];
  now: number;
}

const stored = (object: KubeObject, uid: string): Stored => ({
  ...object,
  metadata: { ...object.metadata, name: object.metadata.name ?? '', uid, resourceVersion: '1', creationTimestamp: BEGAN, generation: 1 },
});
const started = { name: 'c', state: { running: { startedAt: BEGAN } } };
const waiting = (reason: string) => ({ name: 'c', state: { waiting: { reason, message: 'because' } } });
const withStatus = (object: Stored, containerStatus: object): Stored => ({
  ...object,
  status: { phase: 'Running', observedGeneration: 1, containerStatuses: [containerStatus] },
});

/** A play of a ConfigMap and a pod, applied 10 s ago; the pod runs. */
function healthy(): Scene {
  const objects = [configMap('m'), pod('web')];
  const play: StoredPlay = {
    ...stored({ apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: { name: 'p' } }, 'play'),
    apiVersion: 'podstead.dev/v1',
    kind: 'Play',
    spec: { mode: 'play', objects },
    status: { phase: 'Running', results: [], pods: [], undo: [], startedAt: BEGAN, applied: true, ending: [] },
  };
  return { play, objects: [stored(configMap('m'), 'm'), withStatus(stored(pod('web'), 'web'), started)], now: T0 + 10_000 };
}

function facts(objects: readonly Stored[]): Facts {
  const of = <T>(kind: string, namespace?: string) =>
    objects.filter((o) => o.kind === kind && (namespace === undefined || o.metadata.namespace === namespace)) as unknown as T[];
  return {
    pods: (namespace) => of<Pod>('Pod', namespace),
    replicaSets: (namespace) => of<ReplicaSet>('ReplicaSet', namespace),
    pod: (namespace, name) => of<Pod>('Pod', namespace).find((p) => p.metadata.name === name),
    deployment: (namespace, name) => of<Deployment>('Deployment', namespace).find((d) => d.metadata.name === name),
    named: (object) => objects.find((o) => JSON.stringify(placeOf(o)) === JSON.stringify(placeOf(object))),
    byUid: (uid) => objects.find((o) => o.metadata.uid === uid),
  };
}

const status = (s: Scene, change: Partial<NonNullable<StoredPlay['status']>>) => {
  s.play = { ...s.play, status: { phase: 'Running', results: [], pods: [], undo: [], ...s.play.status, ...change } };
};
const spec = (s: Scene, change: Partial<StoredPlay['spec']>) => {
  s.play = { ...s.play, spec: { ...s.play.spec, ...change } };
};
const queued = (s: Scene) => {
  const { status: _, ...play } = s.play;
  s.play = play;
};
const podIs = (s: Scene, containerStatus: object) => {
  s.objects = [s.objects[0] as Stored, withStatus(stored(pod('web'), 'web'), containerStatus)];
};
const podGoes = (s: Scene, seconds: number) => {
  const web = stored(pod('web'), 'web');
  s.objects = [{ ...web, metadata: { ...web.metadata, deletionTimestamp: new Date(T0 + seconds * 1000).toISOString() } }];
};
const ending = [{ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web', uid: 'web' }];
const web = (state: 'Pending' | 'Started' | 'Failed', detail: string) => ({ namespace: 'default', name: 'web', state, detail });

const rows: { name: string; change: (s: Scene) => void; want: Step }[] = [
  { name: 'all started: done', change: () => {}, want: { do: 'finish', phase: 'Succeeded', pods: [web('Started', 'Running')] } },
  { name: 'its turn: enter', change: queued, want: { do: 'enter' } },
  {
    name: 'its turn, to take down: delete',
    change: (s) => {
      queued(s);
      spec(s, { mode: 'down' });
    },
    want: { do: 'delete' },
  },
  {
    name: 'written by hand, and wrong: nothing is touched',
    change: (s) => {
      queued(s);
      spec(s, { objects: [{ kind: 'Pod' } as unknown as KubeObject] });
    },
    want: {
      do: 'finish',
      phase: 'Failed',
      pods: [],
      message: 'spec.mode must be play or down, and spec.objects a list of objects with their metadata',
    },
  },
  {
    name: 'cancelled before its turn: nothing to undo',
    change: (s) => {
      queued(s);
      spec(s, { cancel: true });
    },
    want: { do: 'finish', phase: 'Undone', pods: [], message: 'it was cancelled' },
  },
  { name: 'entered: check', change: (s) => status(s, { applied: undefined, ending: undefined }), want: { do: 'check' } },
  {
    name: 'what is replaced still ends: wait for it',
    change: (s) => {
      status(s, { applied: undefined, ending });
      podGoes(s, 30);
    },
    want: { do: 'wait', until: T0 + 300_000, pods: [web('Pending', 'is being ended')] },
  },
  {
    name: 'what is replaced does not end: undo',
    change: (s) => {
      status(s, { applied: undefined, ending });
      podGoes(s, 30);
      s.now = T0 + 300_000;
    },
    want: { do: 'undo', why: 'still there: pod/web', end: 'Failed', pods: [web('Pending', 'is being ended')] },
  },
  {
    name: 'what is replaced has ended: apply',
    change: (s) => {
      status(s, { applied: undefined, ending });
      s.objects = [];
    },
    want: { do: 'apply' },
  },
  {
    name: 'a container is being made: wait',
    change: (s) => podIs(s, waiting('ContainerCreating')),
    want: { do: 'wait', until: T0 + 300_000, pods: [web('Pending', 'c: ContainerCreating: because')] },
  },
  {
    name: 'its status is of the spec before: wait',
    change: (s) => {
      s.objects = s.objects.map((o) => ({ ...o, metadata: { ...o.metadata, generation: 2 } }));
    },
    want: { do: 'wait', until: T0 + 300_000, pods: [web('Pending', 'changed')] },
  },
  {
    name: 'cannot heal: undo',
    change: (s) => podIs(s, waiting('ErrImageNeverPull')),
    want: {
      do: 'undo',
      why: 'pod/web: container c: ErrImageNeverPull: because',
      end: 'Failed',
      pods: [web('Failed', 'container c: ErrImageNeverPull: because')],
    },
  },
  {
    name: 'cannot heal, and the pod was there before: it may not have tried again yet',
    change: (s) => {
      podIs(s, waiting('ErrImageNeverPull'));
      s.now = T0 + 4_999;
    },
    want: { do: 'wait', until: T0 + 5_000, pods: [web('Pending', 'container c: ErrImageNeverPull: because')] },
  },
  {
    name: 'cannot heal, and the play made the pod: undo at once',
    change: (s) => {
      podIs(s, waiting('ErrImageNeverPull'));
      status(s, { undo: [{ did: 'created', apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web', uid: 'web' }] });
      s.now = T0 + 1;
    },
    want: {
      do: 'undo',
      why: 'pod/web: container c: ErrImageNeverPull: because',
      end: 'Failed',
      pods: [web('Failed', 'container c: ErrImageNeverPull: because')],
    },
  },
  {
    name: 'what cannot heal is of the spec before: wait',
    change: (s) => {
      podIs(s, waiting('ErrImageNeverPull'));
      s.objects = s.objects.map((o) => ({ ...o, metadata: { ...o.metadata, generation: 2 } }));
    },
    want: { do: 'wait', until: T0 + 300_000, pods: [web('Pending', 'changed')] },
  },
  {
    name: 'the image before still runs: wait',
    change: (s) => podIs(s, { ...started, image: 'localhost/before:1' }),
    want: { do: 'wait', until: T0 + 300_000, pods: [web('Pending', 'changed')] },
  },
  {
    name: 'it runs now, and could not be run earlier: done',
    change: (s) => podIs(s, { ...started, lastState: { terminated: { reason: 'StartError', exitCode: 128 } } }),
    want: { do: 'finish', phase: 'Succeeded', pods: [web('Started', 'Running')] },
  },
  {
    name: 'too late: undo',
    change: (s) => {
      podIs(s, waiting('ImagePullBackOff'));
      spec(s, { timeoutSeconds: 10 });
    },
    want: {
      do: 'undo',
      why: 'not started within 10 s\npod/web: c: ImagePullBackOff: because',
      end: 'Failed',
      pods: [web('Pending', 'c: ImagePullBackOff: because')],
    },
  },
  {
    name: 'deleted by somebody meanwhile: not waited for',
    change: (s) => podGoes(s, 30),
    want: { do: 'finish', phase: 'Succeeded', pods: [] },
  },
  {
    name: 'not to be started: done at once',
    change: (s) => {
      podIs(s, waiting('ErrImageNeverPull'));
      spec(s, { start: false });
    },
    want: { do: 'finish', phase: 'Succeeded', pods: [] },
  },
  {
    name: 'cancelled: undo, even when all have started',
    change: (s) => spec(s, { cancel: true }),
    want: { do: 'undo', why: 'it was cancelled', end: 'Undone', pods: [] },
  },
  {
    name: 'its object is deleted: the same',
    change: (s) => {
      s.play = { ...s.play, metadata: { ...s.play.metadata, deletionTimestamp: BEGAN } };
    },
    want: { do: 'undo', why: 'it was cancelled', end: 'Undone', pods: [] },
  },
  {
    name: 'undoing, a pod still ends: wait for its grace and some more',
    change: (s) => {
      status(s, { phase: 'Undoing', ending, endingSince: BEGAN, pods: [web('Failed', 'bad')] });
      podGoes(s, 30);
    },
    want: { do: 'wait', until: T0 + 150_000, pods: [web('Failed', 'bad')] },
  },
  {
    name: 'undoing, everything is gone: conclude',
    change: (s) => {
      status(s, { phase: 'Undoing', ending, endingSince: BEGAN, failures: ['x'] });
      s.objects = [];
    },
    want: { do: 'conclude', failures: ['x'] },
  },
  {
    name: 'undoing, a pod does not go: conclude all the same',
    change: (s) => {
      status(s, { phase: 'Undoing', ending, endingSince: BEGAN });
      podGoes(s, 0);
      s.now = T0 + 120_000;
    },
    want: { do: 'conclude', failures: ['still there: pod/web'] },
  },
  {
    name: 'taking down, a pod still ends: wait; to cancel it is too late',
    change: (s) => {
      status(s, { ending, endingSince: BEGAN });
      spec(s, { mode: 'down', cancel: true });
      podGoes(s, 30);
    },
    want: { do: 'wait', until: T0 + 330_000, pods: [web('Pending', 'is being ended')] },
  },
  {
    name: 'taken down: conclude',
    change: (s) => {
      status(s, { ending, endingSince: BEGAN });
      spec(s, { mode: 'down' });
      s.objects = [];
    },
    want: { do: 'conclude', failures: [] },
  },
  {
    name: 'taking down, a finalizer holds a pod: conclude with its name',
    change: (s) => {
      status(s, { ending, endingSince: BEGAN });
      spec(s, { mode: 'down' });
      podGoes(s, 0);
      s.objects = s.objects.map((o) => ({ ...o, metadata: { ...o.metadata, finalizers: ['example.com/wait'] } }));
      s.now = T0 + 300_000;
    },
    want: { do: 'conclude', failures: ['still there: pod/web is held by example.com/wait'] },
  },
];

describe('the next step of a play', () => {
  for (const row of rows)
    it(row.name, () => {
      const scene = healthy();
      row.change(scene);
      assert.deepEqual(nextStep(scene.play, facts(scene.objects), scene.now), row.want);
    });
});

describe('the outcome of a play', () => {
  const undo = [{ did: 'created' as const, apiVersion: 'v1', kind: 'ConfigMap', name: 'm', uid: 'm' }];
  const outcomes: { name: string; change: (s: Scene) => void; failures?: string[]; want: ReturnType<typeof outcomeOf> }[] = [
    { name: 'taken down', change: () => {}, want: { phase: 'Succeeded' } },
    { name: 'not all taken down', change: () => {}, failures: ['a', 'b'], want: { phase: 'Failed', message: 'a\nb' } },
    {
      name: 'failed and undone',
      change: (s) => status(s, { phase: 'Undoing', end: 'Failed', message: 'bad', undo }),
      want: { phase: 'Failed', message: 'bad\neverything it had done is undone' },
    },
    {
      name: 'failed with nothing to undo',
      change: (s) => status(s, { phase: 'Undoing', end: 'Failed', message: 'bad' }),
      want: { phase: 'Failed', message: 'bad' },
    },
    {
      name: 'cancelled and undone',
      change: (s) => status(s, { phase: 'Undoing', end: 'Undone', message: 'stop', undo }),
      want: { phase: 'Undone', message: 'stop' },
    },
    {
      name: 'cancelled and not all undone: failed',
      change: (s) => status(s, { phase: 'Undoing', end: 'Undone', message: 'stop', undo }),
      failures: ['a'],
      want: { phase: 'Failed', message: 'stop\nnot undone: a' },
    },
  ];
  for (const row of outcomes)
    it(row.name, () => {
      const scene = healthy();
      row.change(scene);
      assert.deepEqual(outcomeOf(scene.play, row.failures ?? []), row.want);
    });
});
