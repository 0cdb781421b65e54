/** Carries out what controllers and the garbage collection want. */
import { withDefaults } from '../../api/defaults.ts';
import { supportedKinds } from '../../api/kinds.ts';
import type { KubeObject, Stored } from '../../api/objects.ts';
import { type ApiError, isApiError } from '../../api/status.ts';
import { prepareUpdate } from '../../api/update.ts';
import type { Change, ObjectRef } from '../../controllers/change.ts';
import { keyOf, type ObjectKey } from '../../store/store.ts';
import type { Registry } from '../registry.ts';
import { collectGarbage, type GarbageChange } from './garbage.ts';

export interface Performed {
  lookAgain: { about: ObjectRef; at: number }[];
  /** What was refused; everything else of the list was done. */
  failed: { change: Change; error: ApiError }[];
}

const placeOf = ({ apiVersion, kind, namespace, name }: ObjectRef): ObjectKey => ({
  apiVersion,
  kind,
  name,
  ...(namespace === '' ? {} : { namespace }),
});

/** The stored object that is meant; undefined when it is gone or another one has its name. */
const current = (registry: Registry, object: KubeObject): Stored | undefined => {
  const live = registry.store.get(keyOf(object));
  return live && (object.metadata.uid === undefined || object.metadata.uid === live.metadata.uid) ? live : undefined;
};

const removeIfThere = (registry: Registry, ref: ObjectRef, propagationPolicy: 'Background' | 'Foreground' | 'Orphan'): void => {
  const live = registry.store.get(placeOf(ref));
  if (live?.metadata.uid === ref.uid) registry.delete(placeOf(ref), { propagationPolicy });
};

const performOne = (registry: Registry, change: Change, component: string, done: Performed): void => {
  switch (change.do) {
    case 'create':
      registry.create(change.object);
      return;
    case 'update': {
      const live = current(registry, change.object);
      if (live) registry.replace(live, prepareUpdate(live, withDefaults(change.object)));
      return;
    }
    case 'updateStatus':
      if (current(registry, change.object)) registry.store.updateStatus(keyOf(change.object), change.object['status']);
      return;
    case 'delete':
      removeIfThere(registry, change.ref, 'Background');
      return;
    case 'event':
      registry.recordEvent({ involved: involvedOf(change.about), ...change.event, component });
      return;
    case 'lookAgain':
      done.lookAgain.push({ about: change.about, at: change.at });
  }
};

const involvedOf = ({ apiVersion, kind, namespace, name, uid }: ObjectRef) => ({
  apiVersion,
  kind,
  metadata: { name, uid, ...(namespace === '' ? {} : { namespace }) },
});

export const performChanges = (registry: Registry, changes: readonly Change[], component: string): Performed => {
  const done: Performed = { lookAgain: [], failed: [] };
  for (const change of changes) {
    try {
      registry.store.transaction(() => performOne(registry, change, component, done));
    } catch (error) {
      if (!isApiError(error)) throw error;
      done.failed.push({ change, error });
    }
  }
  return done;
};

/** Everything but what is many and owns nothing. */
const COLLECTED = supportedKinds.filter(({ kind }) => kind !== 'Event' && kind !== 'Play');
const ROUNDS = 100;

const viewOf = (registry: Registry): Stored[] => {
  const objects = COLLECTED.flatMap(({ apiVersion, kind }) => registry.store.list(apiVersion, kind));
  const going = objects.filter((o) => o.kind === 'Namespace' && o.metadata.deletionTimestamp !== undefined);
  return [...objects, ...going.flatMap((o) => registry.store.list('v1', 'Event', o.metadata.name))];
};

const performGarbageChange = (registry: Registry, change: GarbageChange): void => {
  switch (change.do) {
    case 'delete':
      removeIfThere(registry, change.ref, change.propagation);
      return;
    case 'update': {
      const live = current(registry, change.object);
      if (live) registry.settle(change.object);
      return;
    }
    case 'finalize': {
      const live = registry.store.byUid(change.ref.uid);
      if (live) registry.settle({ ...live, spec: { finalizers: [] } });
    }
  }
};

export const performGarbage = (registry: Registry): number => {
  let count = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = registry.store.resourceVersion();
    for (const change of collectGarbage({ objects: viewOf(registry) })) performGarbageChange(registry, change);
    const after = registry.store.resourceVersion();
    if (after === before) return count;
    count += Number(after) - Number(before);
  }
  return count;
};
