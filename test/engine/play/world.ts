/** A machine for plays: a store, the registry, the real controllers, and a kubelet that only writes statuses. */

import type { Deployment, KubeObject, PersistentVolumeClaim, Play, PlaySpec, Pod, ReplicaSet, Stored } from '../../../src/api/objects.ts';
import { plain } from '../../../src/controllers/change.ts';
import { reconcileClaim } from '../../../src/controllers/claim.ts';
import { reconcileDeployment } from '../../../src/controllers/deployment.ts';
import { reconcileReplicaSet } from '../../../src/controllers/replicaset.ts';
import type { StoredPlay } from '../../../src/engine/play/facts.ts';
import type { Hold } from '../../../src/engine/play/status.ts';
import { PlayRunner } from '../../../src/engine/play.ts';
import { Registry } from '../../../src/engine/registry.ts';
import type { Finding } from '../../../src/preflight/finding.ts';
import { keyOf, Store } from '../../../src/store/store.ts';

export interface Machine {
  store: Store;
  registry: Registry;
  hold: Hold;
  clock: { at: number };
  /** Pods (by uid) of which something runs. */
  alive: Set<string>;
  /** Uids of claims that have data. */
  data: Set<string>;
  findings: Finding[];
  errors: unknown[];
}

export const START_MS = Date.parse('2026-01-02T03:04:05Z');

/** `alive` and `data` are what outlives an engine, besides the file. */
export function machine(file = ':memory:', before: Partial<Machine> = {}): Machine {
  const clock = before.clock ?? { at: START_MS };
  const now = () => new Date(clock.at);
  const store = Store.open(file, { now });
  const alive = before.alive ?? new Set<string>();
  const registry = new Registry(store, { now, podHasResources: (uid) => alive.has(uid) });
  const records = store.records<boolean>('hold');
  const hold: Hold = {
    has: (uid) => records.get(uid) !== undefined,
    set: (uid) => records.put(uid, true),
    clear: (uid) => records.delete(uid),
  };
  return { store, registry, hold, clock, alive, data: before.data ?? new Set(), findings: before.findings ?? [], errors: [] };
}

export function runnerOf(m: Machine): PlayRunner {
  const runner = new PlayRunner({
    store: m.store,
    registry: m.registry,
    now: () => new Date(m.clock.at),
    preflight: async () => m.findings,
    hold: m.hold,
    removeClaim: async (uid) => {
      m.data.delete(uid);
    },
    onError: (error) => m.errors.push(error),
  });
  m.store.onChange(() => runner.touch());
  runner.touch();
  return runner;
}

export const podsOf = (m: Machine): (Pod & Stored)[] => m.store.list<Pod>('v1', 'Pod');

/** What is wrong with the images of pods that cannot start; `slow` ones never get there. */
const statusOf = (pod: Pod, at: string): Pod['status'] => {
  const { image = '', name } = pod.spec.containers[0] ?? { name: 'c' };
  const waiting = image.startsWith('bad') ? 'ErrImageNeverPull' : 'ContainerCreating';
  const runs = !image.startsWith('bad') && !image.startsWith('slow');
  const state = runs ? { running: { startedAt: at } } : { waiting: { reason: waiting, message: `no ${image}` } };
  return {
    phase: runs ? 'Running' : 'Pending',
    conditions: [{ type: 'Ready', status: runs ? 'True' : 'False' }],
    containerStatuses: [{ name, image, imageID: '', ready: runs, restartCount: 0, started: runs, state }],
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
};

/** One thing that the kubelet does, if there is any: end a pod, or bring one up. */
export function kubelet(m: Machine): boolean {
  for (const pod of podsOf(m)) {
    const { uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      m.alive.delete(uid);
      m.registry.finalizeDelete(uid);
      m.registry.collectGarbage();
      if (m.store.byUid(uid)) continue;
      return true;
    }
    const owners = pod.metadata.ownerReferences?.map((ref) => ref.uid) ?? [];
    const above = owners.flatMap((o) => m.store.byUid(o)?.metadata.ownerReferences?.map((ref) => ref.uid) ?? []);
    if ([uid, ...owners, ...above].some((u) => m.hold.has(u))) continue;
    if (pod.status?.observedGeneration === pod.metadata.generation && m.alive.has(uid)) continue;
    m.alive.add(uid);
    for (const volume of pod.spec.volumes ?? []) {
      const claimName = volume.persistentVolumeClaim?.claimName;
      const claim = claimName && m.store.get({ ...keyOf(pod), kind: 'PersistentVolumeClaim', name: claimName });
      if (claim) m.data.add(claim.metadata.uid);
    }
    m.store.updateStatus(keyOf(pod), statusOf(pod, new Date(m.clock.at).toISOString()), uid);
    return true;
  }
  return false;
}

/** One round of the controllers. */
export function controllers(m: Machine): boolean {
  const before = m.store.resourceVersion();
  const pods = () => podsOf(m);
  for (const d of m.store.list<Deployment>('apps/v1', 'Deployment'))
    m.registry.perform(
      reconcileDeployment(d, { replicaSets: m.store.list<ReplicaSet>('apps/v1', 'ReplicaSet'), pods: pods() }, m.clock.at).filter(
        (c) => c.do !== 'event',
      ),
      'test',
    );
  for (const rs of m.store.list<ReplicaSet>('apps/v1', 'ReplicaSet'))
    m.registry.perform(
      reconcileReplicaSet(rs, { pods: pods(), random: Math.random }, m.clock.at).filter((c) => c.do !== 'event'),
      'test',
    );
  // What becomes of a claim is all that matters here, not what an update may change.
  for (const claim of m.store.list<PersistentVolumeClaim>('v1', 'PersistentVolumeClaim'))
    for (const change of reconcileClaim(claim, { pods: pods() }))
      if (change.do === 'update' || change.do === 'updateStatus') {
        const { resourceVersion: _, ...metadata } = change.object.metadata;
        m.registry.settle({ ...change.object, metadata });
      }
  m.registry.collectGarbage();
  return m.store.resourceVersion() !== before;
}

/** Everything goes on until nothing more happens. */
export async function settle(m: Machine, runner: PlayRunner): Promise<void> {
  for (let round = 0; round < 500; round++) {
    await runner.rest();
    const before = m.store.resourceVersion();
    const worked = [kubelet(m), controllers(m)].includes(true);
    await runner.rest();
    if (!worked && m.store.resourceVersion() === before) return;
  }
  throw new Error('it never comes to rest');
}

export function submit(m: Machine, spec: Partial<PlaySpec>, name = 'p'): StoredPlay {
  const whole: PlaySpec = { mode: 'play', objects: [], ...spec };
  return m.registry.create(plain({ apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: { name }, spec: whole } as Play)) as StoredPlay;
}
export const playOf = (m: Machine, name = 'p'): StoredPlay =>
  m.store.need<StoredPlay>({ apiVersion: 'podstead.dev/v1', kind: 'Play', name });
export const cancel = (m: Machine, name = 'p'): void => {
  const play = playOf(m, name);
  m.registry.update(plain({ ...play, spec: { ...play.spec, cancel: true } }));
};

/** What plays are about: specs, data, labels, holds; without what the system writes. */
export function content(m: Machine): Record<string, unknown> {
  const all = m.store.all().filter(({ kind }) => !['Play', 'Event', 'Pod', 'ReplicaSet'].includes(kind));
  const pods = podsOf(m).map((pod) => [
    pod.metadata.ownerReferences?.[0]?.name.replace(/-[a-z0-9]+$/, '') ?? pod.metadata.name,
    pod.spec.containers.map((c) => c.image).join(),
    m.alive.has(pod.metadata.uid) ? 'alive' : 'not started',
  ]);
  return {
    objects: Object.fromEntries(all.map((o) => [`${o.kind} ${o.metadata.namespace ?? ''}/${o.metadata.name}`, essence(o, m)])),
    pods: pods.map((p) => p.join(' ')).sort(),
    data: m.data.size,
    alive: m.alive.size,
    holds: m.store
      .records('hold')
      .all()
      .filter(([uid]) => !m.store.byUid(uid)),
  };
}

function essence(object: Stored, m: Machine): unknown {
  const { labels, annotations = {}, finalizers } = object.metadata;
  const { 'deployment.kubernetes.io/revision': _, ...own } = annotations;
  const { apiVersion: __, kind: ___, metadata: ____, status: _____, ...rest } = object;
  const held = m.hold.has(object.metadata.uid);
  return JSON.parse(JSON.stringify({ labels, annotations: own, finalizers, ...rest, held }).replaceAll(object.metadata.uid, 'UID'));
}

export const pod = (name: string, image = 'good:1', more: Partial<KubeObject['metadata']> = {}, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', ...more },
  spec: { containers: [{ name: 'c', image, imagePullPolicy: 'Never' }], ...spec },
});
export const configMap = (name: string, data: Record<string, string> = {}, namespace = 'default'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});
export const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
export const claim = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
export const deployment = (name: string, image = 'good:1', replicas = 2): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image, imagePullPolicy: 'Never' }] } },
  },
});
