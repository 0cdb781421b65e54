/** What the store says of a play's objects, at one moment. */
import { kindOf } from '../../api/kinds.ts';
import type { Deployment, KubeObject, Play, Pod, ReplicaSet, Stored } from '../../api/objects.ts';
import type { ObjectKey, Store } from '../../store/store.ts';
import type { PlayView } from '../play-progress.ts';

export type StoredPlay = Play & Stored;

export interface Facts extends PlayView {
  /** The stored object that an object of a manifest names. */
  named(object: KubeObject): Stored | undefined;
  byUid(uid: string): Stored | undefined;
}

/** Where an object of a manifest is stored. */
export const placeOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectKey => ({
  apiVersion,
  kind,
  name: metadata.name ?? '',
  ...(kindOf(apiVersion, kind)?.namespaced ? { namespace: metadata.namespace ?? 'default' } : {}),
});

const once = <T>(read: (namespace: string) => T): ((namespace: string) => T) => {
  const known = new Map<string, T>();
  return (namespace) => {
    const value = known.get(namespace) ?? read(namespace);
    known.set(namespace, value);
    return value;
  };
};

/** Lists are read once: a new one for each look. */
export const factsOf = (store: Store): Facts => {
  const pods = once((namespace) => store.list<Pod>('v1', 'Pod', namespace));
  const byName = once((namespace) => new Map(pods(namespace).map((pod) => [pod.metadata.name, pod])));
  const replicaSets = once((namespace) => store.list<ReplicaSet>('apps/v1', 'ReplicaSet', namespace));
  return {
    pods,
    replicaSets,
    pod: (namespace, name) => byName(namespace).get(name),
    deployment: (namespace, name) => store.get<Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }),
    named: (object) =>
      object.kind === 'Pod' ? byName(object.metadata.namespace ?? 'default').get(object.metadata.name ?? '') : store.get(placeOf(object)),
    byUid: (uid) => store.byUid(uid),
  };
};
