/** What the kubelet remembers of the pods: rows in the store's private records, indexed by pod. Writes go through. */
import type { Records, Store } from '../store/store.ts';
import type { BackoffState } from './backoff.ts';
import type { ProbeState, ProbeType } from './probes/probe-state.ts';
import type { ContainerRecord, SandboxRecord } from './record.ts';

/** The pod itself: what belongs to no container. */
export interface PodMemory {
  backoff: BackoffState;
  /** Of the newest instance of each container, by container id. */
  probes: Readonly<Record<string, Readonly<Partial<Record<ProbeType, ProbeState>>>>>;
  /** Why it failed, when that is not in its containers. */
  verdict?: { reason: string; message: string };
}

const NOTHING: PodMemory = { backoff: {}, probes: {} };

/** One bucket of rows with a podUid, by pod. */
class PodRows<T extends { id: string; podUid: string }> {
  readonly #records: Records<T>;
  readonly #byPod = new Map<string, Map<string, T>>();

  constructor(records: Records<T>) {
    this.#records = records;
    for (const [, row] of records.all()) this.#index(row);
  }

  of(podUid: string): T[] {
    return [...(this.#byPod.get(podUid)?.values() ?? [])];
  }

  byId(id: string): T | undefined {
    return this.#records.get(id);
  }

  get(podUid: string, id: string): T | undefined {
    return this.#byPod.get(podUid)?.get(id);
  }

  put(row: T): void {
    this.#records.put(row.id, row);
    this.#index(row);
  }

  delete(row: T): void {
    this.#records.delete(row.id);
    const rows = this.#byPod.get(row.podUid);
    rows?.delete(row.id);
    if (rows?.size === 0) this.#byPod.delete(row.podUid);
  }

  pods(): string[] {
    return [...this.#byPod.keys()];
  }

  all(): T[] {
    return [...this.#byPod.values()].flatMap((rows) => [...rows.values()]);
  }

  #index(row: T): void {
    const rows = this.#byPod.get(row.podUid) ?? new Map<string, T>();
    rows.set(row.id, row);
    this.#byPod.set(row.podUid, rows);
  }
}

export class KubeletMemory {
  readonly sandboxes: PodRows<SandboxRecord>;
  readonly containers: PodRows<ContainerRecord>;
  readonly #pods: Records<PodMemory>;

  constructor(store: Store) {
    this.sandboxes = new PodRows(store.records<SandboxRecord>('sandbox'));
    this.containers = new PodRows(store.records<ContainerRecord>('container'));
    this.#pods = store.records<PodMemory>('pod');
  }

  pod(uid: string): PodMemory {
    return this.#pods.get(uid) ?? NOTHING;
  }

  putPod(uid: string, memory: PodMemory): void {
    this.#pods.put(uid, memory);
  }

  /** As in a kubelet that was started anew: what was stopped with everything else is not late because of former ends. */
  forgetBackoffs(): void {
    for (const [uid, memory] of this.#pods.all()) if (Object.keys(memory.backoff).length > 0) this.putPod(uid, { ...memory, backoff: {} });
  }

  /** The newest one. */
  sandbox(podUid: string): SandboxRecord | undefined {
    return this.sandboxes
      .of(podUid)
      .reduce<SandboxRecord | undefined>((a, b) => (a === undefined || b.attempt > a.attempt ? b : a), undefined);
  }

  /** Uids of all pods of which anything is remembered. */
  known(): Set<string> {
    return new Set([...this.sandboxes.pods(), ...this.containers.pods(), ...this.#pods.all().map(([uid]) => uid)]);
  }

  /** Does anything of the pod exist on this machine, as far as is remembered? */
  holds(podUid: string): boolean {
    return this.sandboxes.of(podUid).length > 0 || this.containers.of(podUid).length > 0 || this.#pods.get(podUid) !== undefined;
  }

  forget(podUid: string): void {
    for (const row of this.containers.of(podUid)) this.containers.delete(row);
    for (const row of this.sandboxes.of(podUid)) this.sandboxes.delete(row);
    this.#pods.delete(podUid);
  }
}
