/** Lets the controllers look at everything, again and again until none wants a change. */
import { isCode } from '../api/errors.ts';
import type { Deployment, PersistentVolumeClaim, Pod, ReplicaSet, Stored } from '../api/objects.ts';
import type { Change } from '../controllers/change.ts';
import { reconcileClaim } from '../controllers/claim.ts';
import { reconcileDeployment } from '../controllers/deployment.ts';
import { reconcileReplicaSet } from '../controllers/replicaset.ts';
import { makesGarbage, type Registry } from './registry.ts';

/** A controller that wants something new each round would go on for ever: a defect, told once a round. */
const MOST_ROUNDS = 100;
const RETRY_MS = 1_000;
type Failure = { reason: 'FailedCreate' | 'FailedDelete'; message: string };

export class Reconciler {
  readonly #registry: Registry;
  readonly #now: () => number;
  readonly #onDue: () => void;
  readonly #failures = new Map<string, Failure>();
  #due: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** An earlier engine may have died before it had collected everything. */
  #garbage = true;
  #scheduled = false;
  #running = false;

  constructor(registry: Registry, now: () => number, onDue: () => void) {
    this.#registry = registry;
    this.#now = now;
    this.#onDue = onDue;
  }

  /** When a controller wants to look again, ms since the epoch. */
  get due(): number | undefined {
    return this.#due;
  }
  get busy(): boolean {
    return this.#scheduled;
  }

  /** After a change of the store. */
  note(change: { type: string; object: Stored }): void {
    if (makesGarbage(change)) this.#garbage = true;
    this.schedule();
  }

  /** Soon, once, however often it is called. */
  schedule(): void {
    if (this.#scheduled || this.#running) {
      this.#scheduled = true;
      return;
    }
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#running = true;
    this.#due = undefined;
    try {
      for (let round = 0; round < MOST_ROUNDS; round++) {
        this.#scheduled = false;
        const changed = this.#round();
        if (!changed && !this.#scheduled) break;
      }
    } catch (error) {
      // a full disk: nothing is half done, and it is tried again
      if (!isCode(error, 'STORE_FAILED')) throw error;
      process.stderr.write(`controllers: ${error.message}\n`);
      this.#garbage = true;
      this.#due = this.#now() + RETRY_MS;
    }
    this.#running = false;
    this.#scheduled = false;
    clearTimeout(this.#timer);
    if (this.#due !== undefined) {
      this.#timer = setTimeout(() => this.schedule(), Math.min(2 ** 31 - 1, Math.max(10, this.#due - this.#now())));
      this.#timer.unref();
    }
    this.#onDue();
  }

  /** True: something was changed. */
  #round(): boolean {
    const before = this.#registry.store.resourceVersion();
    if (this.#garbage) {
      this.#garbage = false;
      this.#registry.collectGarbage();
    }
    const { store } = this.#registry;
    for (const deployment of store.list<Deployment>('apps/v1', 'Deployment')) this.#deployment(deployment);
    for (const set of store.list<ReplicaSet>('apps/v1', 'ReplicaSet')) this.#replicaSet(set);
    for (const claim of store.list<PersistentVolumeClaim>('v1', 'PersistentVolumeClaim')) {
      this.#perform(claim, reconcileClaim(claim, { pods: this.#pods(claim) }), 'persistentvolume-controller');
    }
    return store.resourceVersion() !== before;
  }

  /** The last made first: of pods that are equal in all else the oldest stays. */
  #pods(object: { metadata: { namespace?: string } }): Pod[] {
    return this.#registry.store.newest<Pod>('v1', 'Pod', object.metadata.namespace ?? '');
  }

  #deployment(deployment: Deployment & Stored): void {
    const replicaSets = this.#registry.store.list<ReplicaSet>('apps/v1', 'ReplicaSet', deployment.metadata.namespace ?? '');
    const changes = reconcileDeployment(deployment, { replicaSets, pods: this.#pods(deployment) }, this.#now());
    this.#perform(deployment, changes, 'deployment-controller');
  }

  #replicaSet(set: ReplicaSet & Stored): void {
    const failure = this.#failures.get(set.metadata.uid);
    const view = { pods: this.#pods(set), random: Math.random, ...(failure && { failure }) };
    this.#perform(set, reconcileReplicaSet(set, view, this.#now()), 'replicaset-controller');
  }

  #perform(owner: Stored | { metadata: { uid?: string } }, changes: readonly Change[], component: string): void {
    if (changes.length === 0) return;
    const done = this.#registry.perform(changes, component);
    for (const { at } of done.lookAgain) this.#due = Math.min(this.#due ?? at, at);
    const uid = owner.metadata.uid ?? '';
    const [first] = done.failed;
    if (!first) this.#failures.delete(uid);
    else if (first.change.do === 'create' || first.change.do === 'delete')
      this.#failures.set(uid, { reason: first.change.do === 'create' ? 'FailedCreate' : 'FailedDelete', message: first.error.message });
  }
}
