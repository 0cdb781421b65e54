/** Deleting objects with the pods they stand for. */
import type { KubeObject, PlayEnding, Stored } from '../../api/objects.ts';
import { isApiError } from '../../api/status.ts';
import { keyOf, type Store } from '../../store/store.ts';
import { PERMANENT } from '../registry/refusal.ts';
import type { PlayWorld } from './status.ts';
import { errorText, nameOf } from './text.ts';

export interface Ended {
  /** What is still there and on its way out: the objects, and the pods that they made. */
  ending: PlayEnding[];
  /** Why an object could not be deleted. */
  failures: string[];
}

export const endingOf = ({ apiVersion, kind, metadata: { name, namespace, uid } }: Stored): PlayEnding => ({
  apiVersion,
  kind,
  ...(namespace === undefined ? {} : { namespace }),
  name,
  uid,
});

/** ReplicaSets and pods that exist because of these objects. */
function descendants(store: Store, roots: readonly Stored[]): Stored[] {
  const makers = roots.filter(({ kind }) => kind === 'Deployment' || kind === 'ReplicaSet');
  if (makers.length === 0) return [];
  const uids = new Set(makers.map((maker) => maker.metadata.uid));
  const owned = (object: Stored) => object.metadata.ownerReferences?.some((ref) => uids.has(ref.uid)) === true;
  const sets = store.list('apps/v1', 'ReplicaSet').filter(owned);
  for (const set of sets) uids.add(set.metadata.uid);
  return [...sets, ...store.list('v1', 'Pod').filter(owned)];
}

/** In this order. One that cannot be deleted does not stop the others. Call it inside a transaction. */
export function endObjects({ store, registry, hold }: PlayWorld, objects: readonly Stored[]): Ended {
  const watched = [...objects, ...descendants(store, objects)];
  const failures: string[] = [];
  for (const object of objects) {
    try {
      registry.delete(keyOf(object), { propagationPolicy: 'Background', preconditions: { uid: object.metadata.uid } });
      if (hold.has(object.metadata.uid)) hold.clear(object.metadata.uid);
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (!isApiError(error, 'NotFound')) failures.push(`${nameOf(object)}: ${errorText(error)}`);
    }
  }
  registry.collectGarbage();
  const left = new Map(watched.flatMap(({ metadata: { uid } }) => store.byUid(uid) ?? []).map((object) => [object.metadata.uid, object]));
  return { ending: [...left.values()].filter((object) => object.metadata.deletionTimestamp !== undefined).map(endingOf), failures };
}

/** What is in a namespace and stays there. */
export const contentOf = (store: Store, namespace: string): Stored[] =>
  store.all(namespace).filter((object) => object.kind !== 'Event' && object.metadata.deletionTimestamp === undefined);

/** To be called after everything else was deleted; namespaces that hold something, or are always there, are kept. */
export function endNamespaces(world: PlayWorld, namespaces: readonly Stored[]): Ended & { kept: Stored[] } {
  const stays = ({ metadata: { name } }: Stored) => PERMANENT.some((n) => n === name) || contentOf(world.store, name).length > 0;
  const kept = namespaces.filter(stays);
  return {
    kept,
    ...endObjects(
      world,
      namespaces.filter((namespace) => !kept.includes(namespace)),
    ),
  };
}

export const isNamespace = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean =>
  apiVersion === 'v1' && kind === 'Namespace';
export const isClaim = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean =>
  apiVersion === 'v1' && kind === 'PersistentVolumeClaim';
