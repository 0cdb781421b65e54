/** The objects of its namespace that a pod may refer to. */
import type { ConfigMap, PersistentVolumeClaim, Secret, Service } from '../api/objects.ts';
import type { Store } from '../store/store.ts';

export interface References {
  configMaps: ReadonlyMap<string, ConfigMap>;
  secrets: ReadonlyMap<string, Secret>;
  claims: ReadonlyMap<string, PersistentVolumeClaim>;
  services: readonly Service[];
}

const byName = <T extends { metadata: { name: string } }>(objects: readonly T[]): ReadonlyMap<string, T> =>
  new Map(objects.map((object) => [object.metadata.name, object]));

export const readReferences = (store: Store, namespace: string): References => ({
  configMaps: byName(store.list<ConfigMap>('v1', 'ConfigMap', namespace)),
  secrets: byName(store.list<Secret>('v1', 'Secret', namespace)),
  claims: byName(store.list<PersistentVolumeClaim>('v1', 'PersistentVolumeClaim', namespace)),
  services: store.list<Service>('v1', 'Service', namespace),
});
