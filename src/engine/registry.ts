/**
 * The API server's rules over the store: what a create, an update, a patch, a delete means. Synchronous; each call is one transaction.
 * Objects that come out are frozen.
 */
import { withDefaults } from '../api/defaults.ts';
import { kindOf } from '../api/kinds.ts';
import type { KubeObject, Namespace, Pod, Stored } from '../api/objects.ts';
import { resourceOf } from '../api/resource.ts';
import { badRequest, conflict, isApiError } from '../api/status.ts';
import { prepareStatusUpdate, prepareUpdate } from '../api/update.ts';
import type { Change } from '../controllers/change.ts';
import { keyOf, type ObjectKey, type Store } from '../store/store.ts';
import { type Applied, applyAll } from './registry/apply-all.ts';
import { bind, prepareCreate, withName } from './registry/creation.ts';
import { decideDeletion, isReleased } from './registry/deletion.ts';
import type { EventInput } from './registry/event-log.ts';
import { EventLog } from './registry/event-log.ts';
import type { DeleteOptions, WriteOptions } from './registry/options.ts';
import { applyPatch, type Patch } from './registry/patch.ts';
import { type Performed, performChanges, performGarbage } from './registry/perform.ts';
import {
  checkDeletable,
  checkKind,
  checkNamespace,
  checkNew,
  checkPreconditions,
  checkUpdate,
  checkWritten,
  PERMANENT,
} from './registry/refusal.ts';
import { readScale, type Scale, withScale } from './registry/scale.ts';

export type { Applied, ApplyAction, ApplyFailure } from './registry/apply-all.ts';
export { ApplyError } from './registry/apply-all.ts';
export type { EventInput } from './registry/event-log.ts';
export { makesGarbage } from './registry/garbage.ts';
export type { DeleteOptions, Propagation, WriteOptions } from './registry/options.ts';
export type { Patch, PatchType } from './registry/patch.ts';
export type { Performed } from './registry/perform.ts';
export type { Scale } from './registry/scale.ts';

export interface RegistryOptions {
  now?: () => Date;
  /** Like Math.random. */
  random?: () => number;
  /**
   * Does the kubelet hold anything for this pod (by uid): a record, a process, a mount? Then a delete leaves the object to it, until it
   * calls finalizeDelete. By default: no pod has any.
   */
  podHasResources?: (uid: string) => boolean;
  /** Pods are bound to it when they are created, or when their last scheduling gate goes. By default they are not bound. */
  nodeName?: string;
}

/** The outcome of a delete. */
export interface Deleted {
  object: Stored;
  /** false: it stays, with a deletionTimestamp, until its pod is ended or its finalizers are gone. */
  removed: boolean;
}

const NAME_TRIES = 8;
const isPod = (object: KubeObject) => object.apiVersion === 'v1' && object.kind === 'Pod';

export class Registry {
  readonly store: Store;
  readonly #now: () => Date;
  readonly #random: () => number;
  readonly #podHasResources: (uid: string) => boolean;
  readonly #nodeName: string | undefined;
  readonly #events: EventLog;

  /** Makes the namespaces that are always there. */
  constructor(store: Store, options: RegistryOptions = {}) {
    this.store = store;
    this.#now = options.now ?? (() => new Date());
    this.#random = options.random ?? Math.random;
    this.#podHasResources = options.podHasResources ?? (() => false);
    this.#nodeName = options.nodeName;
    this.#events = new EventLog(store, this.#now);
    for (const name of PERMANENT) this.#ensureNamespace(name);
  }

  /**
   * Throws Invalid (422), AlreadyExists (409), NotFound (404) or Forbidden (403) for the namespace, BadRequest (400).
   * A name out of generateName is tried again when it is taken.
   */
  create(given: KubeObject, options: WriteOptions = {}): Stored {
    checkKind(given);
    checkWritten(given, options);
    if (given.metadata.resourceVersion !== undefined) throw badRequest('resourceVersion should not be set on objects to be created');
    return this.#write(options, () => {
      const object = withDefaults(given);
      if (kindOf(object.apiVersion, object.kind)?.namespaced) checkNamespace(this.store, object);
      for (let tries = 1; ; tries++) {
        const named = withName(object, this.#random);
        checkNew(named);
        try {
          return this.store.create(bind(prepareCreate(named), this.#nodeName));
        } catch (error) {
          if (named === object || tries >= NAME_TRIES || !isApiError(error, 'AlreadyExists')) throw error;
        }
      }
    });
  }

  /** PUT: spec and metadata; status and the system's fields stay. Throws NotFound, Conflict (409), Invalid (422). */
  update(given: KubeObject, options: WriteOptions = {}): Stored {
    checkKind(given);
    checkWritten(given, options);
    return this.#write(options, () => {
      const before = this.#current(given);
      return this.replace(before, prepareUpdate(before, withDefaults(given)));
    });
  }

  /** PUT of the subresource status: nothing else is looked at. */
  updateStatus(given: KubeObject, options: WriteOptions = {}): Stored {
    checkKind(given);
    checkWritten(given, options);
    return this.#write(options, () => {
      const before = this.#current(given);
      return this.store.update(prepareStatusUpdate(before, given));
    });
  }

  /** Throws what update throws, UnsupportedMediaType (415), and BadRequest (400) or Invalid (422) when the patch does not fit. */
  patch(key: ObjectKey, patch: Patch, options: WriteOptions & { subresource?: 'status' } = {}): Stored {
    return this.#write(options, () => {
      const before = this.store.need(key);
      const after = applyPatch(before, patch);
      if (after.metadata.name !== before.metadata.name || after.metadata.namespace !== before.metadata.namespace)
        throw badRequest('name and namespace cannot be patched');
      const { dryRun: _, ...inner } = options;
      return options.subresource === 'status' ? this.updateStatus(after, inner) : this.update(after, inner);
    });
  }

  /** Puts an object that is ready (defaults, status, system fields) in the place of `before`. Throws Invalid (422). */
  replace(before: Stored, after: KubeObject): Stored {
    checkUpdate(before, after);
    return this.settle(bind(after, this.#nodeName));
  }

  /** Puts an object in its place without a look at its rules; one that is being deleted goes when nothing holds it any more. */
  settle(object: KubeObject): Stored {
    const { resourceVersion: _, ...metadata } = object.metadata;
    return this.store.transaction(() => {
      const stored = this.store.update({ ...object, metadata });
      if (isReleased(stored, this.#hasResources(stored))) this.store.remove(keyOf(stored));
      return stored;
    });
  }

  getScale(key: ObjectKey): Scale {
    return readScale(this.store.need(key));
  }

  /** Throws Conflict (409) for another resourceVersion, Invalid (422) for a count that is none. */
  updateScale(key: ObjectKey, scale: Scale, options: WriteOptions = {}): Scale {
    return this.#write(options, () => {
      const before = this.store.need(key);
      return readScale(this.update(withScale(before, scale)));
    });
  }

  patchScale(key: ObjectKey, patch: Patch, options: WriteOptions = {}): Scale {
    return this.#write(options, () => this.updateScale(key, applyPatch({ ...this.getScale(key) }, patch) as unknown as Scale));
  }

  /**
   * A pod gets its grace period, an object with finalizers waits for them, a namespace for its content; everything else goes at once.
   * What depends on it goes by and by, in collectGarbage. Throws NotFound, Conflict (preconditions), Forbidden.
   */
  delete(key: ObjectKey, options: DeleteOptions = {}): Deleted {
    return this.#write(options, () => {
      const object = this.store.need(key);
      checkPreconditions(object, options.preconditions);
      checkDeletable(object);
      const decision = decideDeletion(object, options, { now: this.#now(), hasResources: this.#hasResources(object) });
      if (decision.do === 'nothing') return { object, removed: false };
      if (decision.do === 'mark') return { object: this.store.update(decision.object), removed: false };
      return { object: this.store.remove(key), removed: true };
    });
  }

  /** The kubelet holds nothing for this pod any more: the object of a deleted pod goes, unless finalizers hold it. */
  finalizeDelete(uid: string): void {
    this.store.transaction(
      () => {
        const pod = this.store.byUid<Pod>(uid);
        if (!pod || pod.metadata.deletionTimestamp === undefined) return;
        if ((pod.metadata.finalizers ?? []).length === 0) this.store.remove(keyOf(pod), uid);
        else this.store.update({ ...pod, metadata: { ...pod.metadata, deletionGracePeriodSeconds: 0 } });
      },
      { durable: false },
    );
  }

  /** Until there is nothing more to do. Returns how many changes were made; call it after deletes and when objects vanish. */
  collectGarbage(): number {
    return this.store.transaction(() => performGarbage(this));
  }

  /** A controller's changes, in one transaction. Events go in as well; what is to be looked at again later comes back. */
  perform(changes: readonly Change[], component: string): Performed {
    return this.store.transaction(() => performChanges(this, changes, component), { durable: false });
  }

  /** kubectl apply, all objects in one transaction. Throws ApplyError with every failure, and then nothing is stored. */
  applyAll(objects: readonly KubeObject[], options: WriteOptions = {}): Applied[] {
    return this.#write(options, () => applyAll(this, objects, options));
  }

  recordEvent(event: EventInput): void {
    this.#events.record(event);
  }

  #write<T>(options: WriteOptions, fn: () => T): T {
    return options.dryRun ? this.store.rehearse(fn) : this.store.transaction(fn);
  }

  #hasResources(object: Stored): boolean {
    return isPod(object) && this.#podHasResources(object.metadata.uid);
  }

  /** The one to be updated; the caller's uid and resourceVersion, where given, must be its own. */
  #current(given: KubeObject): Stored {
    const key = keyOf(given);
    const before = this.store.need(key);
    const { uid, resourceVersion } = given.metadata;
    const r = resourceOf(key.apiVersion, key.kind);
    if (uid !== undefined && uid !== before.metadata.uid)
      throw conflict(r, key.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`);
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) throw conflict(r, key.name);
    return before;
  }

  #ensureNamespace(name: string): void {
    const key = { apiVersion: 'v1', kind: 'Namespace', name };
    if (!this.store.get<Namespace>(key)) this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
}
