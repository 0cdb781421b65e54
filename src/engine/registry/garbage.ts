/**
 * What has to go, or be let go, because of what others did: objects whose owners are gone, dependents of an owner deleted in the
 * foreground or as orphans, the content of namespaces that are being deleted. Pure; to be asked again until it wants nothing more.
 */
import { kindOf } from '../../api/kinds.ts';
import type { KubeObject, OwnerReference, Stored } from '../../api/objects.ts';
import { type ObjectRef, refOf } from '../../controllers/change.ts';
import { FOREGROUND, ORPHAN } from './deletion.ts';
import type { Propagation } from './options.ts';

export type GarbageChange =
  | { do: 'delete'; ref: ObjectRef; propagation: Propagation; why: string }
  | { do: 'update'; object: KubeObject; why: string }
  /** A namespace that is empty now. */
  | { do: 'finalize'; ref: ObjectRef; why: string };

export interface GarbageView {
  /** Everything that may own, be owned, or be in a namespace. */
  objects: readonly Stored[];
}

class Ownership {
  readonly byUid: ReadonlyMap<string, Stored>;
  readonly dependents = new Map<string, Stored[]>();

  constructor(objects: readonly Stored[]) {
    this.byUid = new Map(objects.map((o) => [o.metadata.uid, o]));
    for (const object of objects)
      for (const ref of object.metadata.ownerReferences ?? []) {
        const list = this.dependents.get(ref.uid) ?? [];
        list.push(object);
        this.dependents.set(ref.uid, list);
      }
  }

  /** An owner in another namespace does not count. Kinds that are not kept here are taken on trust. */
  isThere(ref: OwnerReference, dependent: Stored): boolean {
    if (kindOf(ref.apiVersion, ref.kind)?.supported !== true) return true;
    const owner = this.byUid.get(ref.uid);
    if (owner === undefined || owner.kind !== ref.kind || owner.metadata.name !== ref.name) return false;
    return owner.metadata.namespace === undefined || owner.metadata.namespace === dependent.metadata.namespace;
  }

  isForeground(ref: OwnerReference): boolean {
    const owner = this.byUid.get(ref.uid);
    return owner !== undefined && isDeleting(owner) && hasFinalizer(owner, FOREGROUND);
  }
}

const isDeleting = (object: KubeObject) => object.metadata.deletionTimestamp !== undefined;
const hasFinalizer = (object: KubeObject, finalizer: string) => object.metadata.finalizers?.includes(finalizer) === true;

const withOwners = (object: Stored, ownerReferences: OwnerReference[]): Stored => {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: ownerReferences.length > 0 ? { ...metadata, ownerReferences } : metadata };
};
const withoutFinalizer = (object: Stored, finalizer: string): Stored => {
  const { finalizers = [], ...metadata } = object.metadata;
  const rest = finalizers.filter((f) => f !== finalizer);
  return { ...object, metadata: rest.length > 0 ? { ...metadata, finalizers: rest } : metadata };
};

const remove = (object: Stored, propagation: Propagation, why: string): GarbageChange => ({
  do: 'delete',
  ref: refOf(object),
  propagation,
  why,
});

/** One object as a dependent: does it still have an owner worth staying for? */
const asDependent = (object: Stored, ownership: Ownership): GarbageChange[] => {
  const refs = object.metadata.ownerReferences ?? [];
  if (refs.length === 0 || isDeleting(object)) return [];
  const there = refs.filter((ref) => ownership.isThere(ref, object));
  const solid = there.filter((ref) => !ownership.isForeground(ref));
  const name = `${refs[0]?.kind} ${refs[0]?.name}`;
  if (there.length === 0) return [remove(object, 'Background', `its owner ${name} is gone`)];
  if (solid.length === 0) {
    const own = ownership.dependents.get(object.metadata.uid) ?? [];
    return [remove(object, own.length > 0 ? 'Foreground' : 'Background', `its owner ${name} is being deleted in the foreground`)];
  }
  if (solid.length < refs.length) return [{ do: 'update', object: withOwners(object, solid), why: 'some of its owners are gone' }];
  return [];
};

/** One object as an owner that is being deleted. */
const asOwner = (owner: Stored, ownership: Ownership): GarbageChange[] => {
  if (!isDeleting(owner)) return [];
  const dependents = ownership.dependents.get(owner.metadata.uid) ?? [];
  if (hasFinalizer(owner, ORPHAN)) {
    const freed = dependents.map((d): GarbageChange => {
      const others = (d.metadata.ownerReferences ?? []).filter((ref) => ref.uid !== owner.metadata.uid);
      return { do: 'update', object: withOwners(d, others), why: `its owner ${owner.kind} ${owner.metadata.name} leaves it behind` };
    });
    return [...freed, { do: 'update', object: withoutFinalizer(owner, ORPHAN), why: 'its dependents are free' }];
  }
  if (!hasFinalizer(owner, FOREGROUND)) return [];
  const blocking = dependents.some((d) =>
    d.metadata.ownerReferences?.some((ref) => ref.uid === owner.metadata.uid && ref.blockOwnerDeletion),
  );
  return blocking ? [] : [{ do: 'update', object: withoutFinalizer(owner, FOREGROUND), why: 'its dependents are gone' }];
};

const inNamespace = (namespace: Stored, objects: readonly Stored[]): GarbageChange[] => {
  if (!isDeleting(namespace)) return [];
  const content = objects.filter((o) => o.metadata.namespace === namespace.metadata.name);
  if (content.length === 0) return [{ do: 'finalize', ref: refOf(namespace), why: 'nothing is left in it' }];
  return content
    .filter((o) => !isDeleting(o))
    .map((o) => remove(o, 'Background', `its namespace ${namespace.metadata.name} is being deleted`));
};

export const collectGarbage = ({ objects }: GarbageView): GarbageChange[] => {
  const ownership = new Ownership(objects);
  const namespaces = objects.filter((o) => o.apiVersion === 'v1' && o.kind === 'Namespace');
  const changes = [
    ...namespaces.flatMap((namespace) => inNamespace(namespace, objects)),
    ...objects.flatMap((object) => [...asOwner(object, ownership), ...asDependent(object, ownership)]),
  ];
  // One change an object at a time: the next look decides on what the first made of it.
  const seen = new Set<string>();
  return changes.filter((change) => {
    const uid = change.do === 'update' ? (change.object.metadata.uid ?? '') : change.ref.uid;
    return !seen.has(uid) && seen.add(uid);
  });
};

/** Can this change be a reason to look for garbage? */
export const makesGarbage = (change: { type: string; object: KubeObject }): boolean =>
  change.type === 'DELETED' ||
  isDeleting(change.object) ||
  (change.type === 'ADDED' && change.object.metadata.ownerReferences !== undefined);
