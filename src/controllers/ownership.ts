/** Who manages an object: adopt what matches and is nobody's, release what no longer matches, never steal. */
import type { KubeObject, LabelSelector, OwnerReference } from '../api/objects.ts';
import { matchesLabelSelector } from '../api/selector.ts';
import { type Change, plain } from './change.ts';

type Owned = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

export const controllerOf = (object: Owned): OwnerReference | undefined => object.metadata.ownerReferences?.find((ref) => ref.controller);

export const isControlledBy = (object: Owned, owner: Owned): boolean =>
  owner.metadata.uid !== undefined && controllerOf(object)?.uid === owner.metadata.uid;

export const controllerRef = (owner: Owned): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name ?? '',
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

const name = (object: Owned) => `${object.kind} ${object.metadata.name}`;

const adopt = <T extends Owned>(owner: Owned, object: T): T => ({
  ...object,
  metadata: { ...object.metadata, ownerReferences: [...(object.metadata.ownerReferences ?? []), controllerRef(owner)] },
});

const release = <T extends Owned>(owner: Owned, object: T): T => {
  const rest = (object.metadata.ownerReferences ?? []).filter((ref) => ref.uid !== owner.metadata.uid);
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: rest.length > 0 ? { ...metadata, ownerReferences: rest } : metadata };
};

export interface Claimed<T> {
  /** With the owner reference that adoption gives. */
  objects: T[];
  changes: Change[];
}

/** The owner's objects among the candidates. An owner that is being deleted takes nobody in and lets nobody go. */
export const claim = <T extends Owned>(owner: Owned, selector: LabelSelector | undefined, candidates: readonly T[]): Claimed<T> => {
  const claimed: Claimed<T> = { objects: [], changes: [] };
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    if (object.metadata.namespace !== owner.metadata.namespace) continue;
    const matches = matchesLabelSelector(selector, object.metadata.labels);
    if (isControlledBy(object, owner)) {
      if (matches || deleting) claimed.objects.push(object);
      else
        claimed.changes.push({
          do: 'update',
          object: plain(release(owner, object)),
          why: `${name(object)} no longer matches the selector`,
        });
      continue;
    }
    if (!matches || deleting || controllerOf(object) || object.metadata.deletionTimestamp !== undefined) continue;
    const adopted = adopt(owner, object);
    claimed.objects.push(adopted);
    claimed.changes.push({ do: 'update', object: plain(adopted), why: `${name(object)} matches the selector and belongs to nobody` });
  }
  return claimed;
};
