/** A small world for controllers: applies their changes, and lets pods start, become ready and end. */
import type { Deployment, KubeObject, Pod, PodTemplateSpec, ReplicaSet } from '../../src/api/objects.ts';
import { timeText } from '../../src/api/time.ts';
import type { Change } from '../../src/controllers/change.ts';
import { reconcileDeployment } from '../../src/controllers/deployment.ts';
import { reconcileReplicaSet } from '../../src/controllers/replicaset.ts';

/** Answers like Math.random, the same each time. */
export const seeded = (seed = 1): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

export const START = Date.parse('2026-01-02T03:04:05Z');

export const template = (version = 'one'): PodTemplateSpec => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: `web:${version}` }] },
});

export const deployment = (spec: Partial<Deployment['spec']> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'd1', generation: 1, creationTimestamp: timeText(new Date(START)) },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    template: template(),
    ...spec,
  },
});

const key = (o: { kind: string; metadata: { name?: string } }) => `${o.kind}/${o.metadata.name}`;

export class ControllerWorld {
  now = START;
  readonly objects = new Map<string, KubeObject>();
  readonly log: string[] = [];
  readonly random = seeded();
  #uid = 0;

  constructor(...objects: KubeObject[]) {
    for (const object of objects) this.objects.set(key(object), object);
  }

  #of<T>(kind: string): T[] {
    return [...this.objects.values()].filter((o) => o.kind === kind) as unknown as T[];
  }
  get deployment(): Deployment {
    return this.#of<Deployment>('Deployment')[0] as Deployment;
  }
  get replicaSets(): ReplicaSet[] {
    return this.#of('ReplicaSet');
  }
  get pods(): Pod[] {
    return this.#of('Pod');
  }

  #put(object: KubeObject): void {
    this.objects.set(key(object), object);
  }

  /** As the registry does: the generation moves with the spec. */
  edit(change: (d: Deployment) => void): void {
    const next = structuredClone(this.deployment);
    change(next);
    next.metadata.generation = (next.metadata.generation ?? 0) + 1;
    this.#put(next as unknown as KubeObject);
  }

  apply(changes: readonly Change[]): number {
    let writes = 0;
    for (const change of changes) {
      if (change.do === 'event') this.log.push(change.event.message);
      if (change.do === 'event' || change.do === 'lookAgain') continue;
      writes++;
      this.#apply(change);
    }
    return writes;
  }

  #apply(change: Exclude<Change, { do: 'event' | 'lookAgain' }>): void {
    if (change.do === 'delete') {
      this.objects.delete(`${change.ref.kind}/${change.ref.name}`);
      return;
    }
    const { object } = change;
    const before = this.objects.get(key(object));
    const { status, ...rest } = object;
    if (change.do === 'create') {
      const metadata = { ...object.metadata, uid: `u${++this.#uid}`, generation: 1, creationTimestamp: timeText(new Date(this.now)) };
      this.#put({ ...rest, metadata, ...(object.kind === 'Pod' ? { status: { phase: 'Pending' } } : {}) });
    } else if (change.do === 'updateStatus') this.#put({ ...before, status } as KubeObject);
    else {
      const moved = JSON.stringify(before?.['spec']) !== JSON.stringify(object['spec']) ? 1 : 0;
      const metadata = { ...object.metadata, generation: (before?.metadata.generation ?? 0) + moved };
      this.#put({ ...rest, metadata, ...(before?.['status'] === undefined ? {} : { status: before['status'] }) });
    }
  }

  /** One look of every controller; answers how many objects were written. */
  reconcile(): number {
    let writes = 0;
    for (const rs of this.replicaSets) writes += this.apply(reconcileReplicaSet(rs, { pods: this.pods, random: this.random }, this.now));
    for (const d of this.#of<Deployment>('Deployment'))
      writes += this.apply(reconcileDeployment(d, { replicaSets: this.replicaSets, pods: this.pods }, this.now));
    return writes;
  }

  setReady(pod: Pod, ready: boolean): void {
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: timeText(new Date(this.now)) };
    this.#put({
      ...pod,
      spec: { ...pod.spec, nodeName: 'here' },
      status: { phase: 'Running', conditions: [condition] },
    } as unknown as KubeObject);
  }

  startAll(): void {
    for (const pod of this.pods) if (pod.status?.phase === 'Pending') this.setReady(pod, true);
  }

  /** Until nothing moves any more. */
  settle(each: () => void = () => {}): void {
    for (let round = 0; round < 200; round++) {
      const writes = this.reconcile();
      each();
      const pending = this.pods.filter((pod) => pod.status?.phase === 'Pending').length;
      this.startAll();
      this.now += 1000;
      if (writes === 0 && pending === 0) return;
    }
    throw new Error('does not settle');
  }
}
