/** All pods of this machine: a worker each, told of changes of the store, of ends, and of processes that vanish in silence. */
import { type FSWatcher, watch } from 'node:fs';
import { sameJson } from '../api/json.ts';
import type { Pod } from '../api/objects.ts';
import { alive } from '../host/process.ts';
import { isExitFile } from '../runtime/exits.ts';
import type { Change } from '../store/store.ts';
import { Containers } from './container.ts';
import type { Environment } from './environment.ts';
import { Observer } from './observer.ts';
import type { StoredPod } from './pod.ts';
import { PodWorker, type WorkerParts } from './pod-worker.ts';
import { Sandboxes } from './sandbox.ts';

/** What dies without a word (conmon, an infra container) is found after so long. 20 µs a process. */
const POLL_MS = 500;
const REFERRED = new Set(['ConfigMap', 'Secret', 'PersistentVolumeClaim']);

export type KubeletOptions = Pick<WorkerParts, 'active' | 'held' | 'changed'>;

export class Kubelet {
  readonly #env: Environment;
  readonly #parts: WorkerParts;
  readonly #workers = new Map<string, PodWorker>();
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;

  constructor(env: Environment, options: KubeletOptions) {
    this.#env = env;
    this.#parts = { env, sandboxes: new Sandboxes(env), containers: new Containers(env), observer: new Observer(env), ...options };
  }

  /** Adopts everything that is remembered or wanted. */
  start(): void {
    this.#watcher = watch(this.#env.paths.exits, (_, name) => {
      if (name !== null && isExitFile(name)) this.exited(name);
    });
    this.#watcher.on('error', (error) => process.stderr.write(`watching exits: ${error.message}\n`));
    this.#poll = setInterval(() => this.lookAround(), POLL_MS);
    this.#poll.unref();
    this.touchAll();
  }

  stop(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
  }

  touchAll(): void {
    const wanted = this.#env.store.list<Pod>('v1', 'Pod').map((pod) => pod.metadata.uid);
    for (const uid of new Set([...wanted, ...this.#env.memory.known()])) this.#worker(uid).touch();
  }

  /** A change of an object in the store. */
  onChange({ object, before }: Change): void {
    if (object.kind === 'Pod') {
      const worker = this.#worker(object.metadata.uid);
      // volumes of the downward API show them
      if (
        before &&
        !(sameJson(before.metadata.labels, object.metadata.labels) && sameJson(before.metadata.annotations, object.metadata.annotations))
      )
        worker.refresh();
      else worker.touch(before && isOnlyStatus(before as StoredPod, object as StoredPod) ? 'status' : undefined);
    } else if (REFERRED.has(object.kind)) this.#refresh(object.metadata.namespace ?? '');
  }

  #refresh(namespace: string): void {
    for (const pod of this.#env.store.list<Pod>('v1', 'Pod', namespace)) this.#worker(pod.metadata.uid).refresh();
  }

  /** A published port's listener ended. */
  portsLost(): void {
    for (const worker of this.#workers.values()) worker.lookAtPorts();
  }

  /** Processes that should live and do not. */
  lookAround(): void {
    const { memory } = this.#env;
    for (const record of memory.containers.all())
      if (record.state === 'running' && !(livesStill(record.process) && livesStill(record.conmon))) this.#worker(record.podUid).touch();
    for (const record of memory.sandboxes.all())
      if (record.state === 'ready' && !livesStill(record.infra)) this.#worker(record.podUid).touch();
  }

  /** Is something of this pod under way? */
  works(uid: string): boolean {
    return this.#workers.get(uid)?.busy === true;
  }

  get busy(): number {
    return [...this.#workers.values()].filter((worker) => worker.busy).length;
  }

  /** The first of all times at which something has to be done, ms since the epoch. */
  get due(): number | undefined {
    const all = [...this.#workers.values()].flatMap((worker) => (worker.due === undefined ? [] : [worker.due]));
    return all.length === 0 ? undefined : Math.min(...all);
  }

  /** Does anything of a pod run on this machine? */
  get holding(): boolean {
    const { memory } = this.#env;
    return memory.sandboxes.all().some((s) => s.state !== 'stopped') || memory.containers.all().some((c) => c.state !== 'exited');
  }

  /** A container (by id) has ended. */
  exited(id: string): void {
    const record = this.#env.memory.containers.byId(id);
    if (record) this.#worker(record.podUid).touch();
  }

  #worker(uid: string): PodWorker {
    const known = this.#workers.get(uid);
    if (known) return known;
    const worker = new PodWorker(uid, { ...this.#parts, changed: () => this.#changed(uid) });
    this.#workers.set(uid, worker);
    return worker;
  }

  #changed(uid: string): void {
    const worker = this.#workers.get(uid);
    if (worker && !worker.busy && !this.#env.memory.holds(uid) && !this.#env.store.byUid(uid)) this.#workers.delete(uid);
    this.#parts.changed();
  }
}

const isOnlyStatus = (before: StoredPod, after: StoredPod): boolean =>
  before.status?.phase === after.status?.phase &&
  sameJson(before.spec, after.spec) &&
  sameJson({ ...before.metadata, resourceVersion: '' }, { ...after.metadata, resourceVersion: '' });

const livesStill = (ref: { pid: number; start: string } | undefined): boolean => ref === undefined || alive(ref);
