/** The transactions in which a play does its work: all of one or nothing. Nothing here waits. */

import { objectName } from '../../api/kinds.ts';
import type { KubeObject, PlayFault, PlayResult, PlayUndo, Stored } from '../../api/objects.ts';
import { microTimeText } from '../../api/time.ts';
import { inOrder } from '../../manifest/order.ts';
import { keyOf } from '../../store/store.ts';
import type { Applied } from '../registry.ts';
import { ApplyError } from '../registry.ts';
import { endingOf, endNamespaces, endObjects, isClaim, isNamespace } from './ending.ts';
import { factsOf, placeOf, type StoredPlay } from './facts.ts';
import { remembered } from './former.ts';
import { type PlayWorld, writeStatus } from './status.ts';
import { progressOf } from './step.ts';

const isWorkload = ({ kind }: KubeObject): boolean => kind === 'Pod' || kind === 'Deployment' || kind === 'ReplicaSet';

/** What `--replace` deletes first: the workloads that are there already. */
export const replaced = ({ store }: PlayWorld, { spec }: StoredPlay): Stored[] =>
  spec.replace ? spec.objects.filter(isWorkload).flatMap((object) => store.get(placeOf(object)) ?? []) : [];

/** What the registry would say to the objects; nothing is stored. */
export function rehearse({ store, registry }: PlayWorld, play: StoredPlay, without: readonly Stored[]): PlayFault[] {
  try {
    store.rehearse(() => {
      for (const object of without) store.remove(keyOf(object));
      registry.applyAll(play.spec.objects, { fields: 'Strict' });
    });
    return [];
  } catch (error) {
    return faultsOf(error, play);
  }
}

/** Throws it again when it is not about the objects. */
export function faultsOf(error: unknown, play: StoredPlay): PlayFault[] {
  if (!(error instanceof ApplyError)) throw error;
  return error.failures.flatMap(({ object, namespace, error: { status, message } }) => {
    const index = play.spec.objects.findIndex((o) => objectName(o) === object && o.metadata.namespace === namespace);
    const causes = status.details?.causes ?? [];
    const about = { object, ...(index < 0 ? {} : { index }) };
    if (causes.length === 0) return [{ ...about, field: '', message }];
    return causes.map((cause) => ({ ...about, field: cause.field ?? '', message: cause.message ?? message }));
  });
}

/** Deletes what is to be replaced. */
export function clear(world: PlayWorld, play: StoredPlay, objects: readonly Stored[]): void {
  world.store.transaction(() => {
    const undo = objects.map((object): PlayUndo => {
      const held = world.hold.has(object.metadata.uid);
      return { ...endingOf(object), did: 'deleted', before: remembered(object), ...(held ? { held } : {}) };
    });
    const { ending } = endObjects(world, objects);
    writeStatus(world, play, { undo, ending, endingSince: microTimeText(world.now()) });
  });
}

/** Stores the objects. Throws ApplyError with every failure, and then nothing is stored. */
export function apply(world: PlayWorld, play: StoredPlay): void {
  const { store, registry, now } = world;
  const { objects, start } = play.spec;
  store.transaction(() => {
    const before = objects.map((object) => store.get(placeOf(object)));
    const applied = registry.applyAll(objects, { fields: 'Strict' });
    const undo = applied.flatMap((one, i) => record(world, one, before[i], start !== false) ?? []);
    const { pods } = start === false ? { pods: [] } : progressOf(objects, factsOf(store));
    writeStatus(world, play, {
      undo: [...(play.status?.undo ?? []), ...undo],
      results: applied.map(resultOf),
      pods,
      applied: true,
      ending: [],
      startedAt: play.status?.startedAt ?? microTimeText(now()),
    });
  });
}

/** Its entry in the undo list, after its pods were held or let go. */
function record({ hold }: PlayWorld, { object, action }: Applied, before: Stored | undefined, start: boolean): PlayUndo | undefined {
  const at = endingOf(object);
  if (action === 'created') {
    if (!start && isWorkload(object)) hold.set(at.uid);
    return { ...at, did: 'created' };
  }
  // Twice in one manifest, and new: the first entry says it all.
  if (!before) return undefined;
  const held = start && hold.has(at.uid);
  if (held) hold.clear(at.uid);
  else if (action === 'unchanged') return undefined;
  return { ...at, did: action === 'unchanged' ? 'released' : action, before: remembered(before), ...(held ? { held } : {}) };
}

const resultOf = ({ object, action }: { object: KubeObject; action: PlayResult['action'] }): PlayResult => {
  const { namespace } = object.metadata;
  return { object: objectName(object), ...(namespace === undefined ? {} : { namespace }), action };
};

/** Deletes what `down` names: last what others need, and namespaces only when they are empty. */
export function takeDown(world: PlayWorld, play: StoredPlay): void {
  const { store, now } = world;
  const { objects, force } = play.spec;
  store.transaction(() => {
    const named = objects.flatMap((object) => store.get(placeOf(object)) ?? []);
    const keep = named.filter((object) => isClaim(object) && !force);
    const order = (inOrder(named) as Stored[]).toReversed();
    const things = endObjects(
      world,
      order.filter((object) => !isNamespace(object) && !keep.includes(object)),
    );
    const { kept, ...namespaces } = endNamespaces(world, order.filter(isNamespace));
    const failures = [...things.failures, ...namespaces.failures];
    const stay = new Set([...keep, ...kept]);
    writeStatus(world, play, {
      phase: 'Running',
      results: named.map((object) => resultOf({ object, action: stay.has(object) ? 'kept' : 'deleted' })),
      ending: [...things.ending, ...namespaces.ending],
      endingSince: microTimeText(now()),
      startedAt: microTimeText(now()),
      claims: force ? named.filter(isClaim).map(({ metadata: { uid } }) => uid) : [],
      ...(failures.length > 0 ? { failures } : {}),
    });
  });
}
