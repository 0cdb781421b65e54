/** What a delete does to one object: nothing more, mark it, or remove it. Pure. */
import { stringsAt } from '../../api/fields.ts';
import type { Pod, Stored } from '../../api/objects.ts';
import { addSeconds, timeOf, timeText } from '../../api/time.ts';
import type { DeleteOptions, Propagation } from './options.ts';

export type Deletion =
  /** It goes at once. */
  | { do: 'remove' }
  /** It stays, as this, until somebody finishes it: the kubelet, or whoever put a finalizer there. */
  | { do: 'mark'; object: Stored }
  /** It is on its way already. */
  | { do: 'nothing' };

export interface DeletionFacts {
  now: Date;
  /** The kubelet holds something for this pod: it removes the object when that is gone. */
  hasResources: boolean;
}

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

const isPod = (object: Stored): object is Stored & Pod => object.apiVersion === 'v1' && object.kind === 'Pod';

/** Seconds; 0 for a pod that nothing was made for yet, or that is done. */
const graceOf = (pod: Pod, options: DeleteOptions, facts: DeletionFacts): number => {
  if (!facts.hasResources) return 0;
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return 0;
  const asked = options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  // Kubernetes: negative means the shortest grace there is.
  return asked < 0 ? 1 : asked;
};

const finalizersFor = (object: Stored, propagation: Propagation | undefined): string[] => {
  const others = (object.metadata.finalizers ?? []).filter((f) => f !== FOREGROUND && f !== ORPHAN);
  if (propagation === 'Orphan') return [...others, ORPHAN];
  if (propagation === 'Foreground') return [...others, FOREGROUND];
  // No policy: an earlier delete's decision stands.
  return propagation === undefined ? (object.metadata.finalizers ?? []) : others;
};

const withFinalizers = (object: Stored, finalizers: string[]): Stored => {
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata };
};

const marked = (object: Stored, at: string, seconds: number): Stored => {
  const { generation } = object.metadata;
  const grown = generation !== undefined && object.metadata.deletionTimestamp === undefined ? { generation: generation + 1 } : {};
  const metadata = { ...object.metadata, ...grown, deletionTimestamp: at, deletionGracePeriodSeconds: seconds };
  const status = object.kind === 'Namespace' ? { status: { ...(object['status'] as object | undefined), phase: 'Terminating' } } : {};
  return { ...object, ...status, metadata };
};

/** A later delete may only bring the end nearer. */
const shorten = (object: Stored, seconds: number, now: Date): Stored => {
  const { deletionTimestamp = timeText(now), deletionGracePeriodSeconds = 0 } = object.metadata;
  if (seconds >= deletionGracePeriodSeconds) return object;
  const moved = addSeconds(deletionTimestamp, seconds - deletionGracePeriodSeconds);
  return marked(object, timeOf(moved) < now.getTime() ? timeText(now) : moved, seconds);
};

/** The kubelet has to end it first, or somebody's finalizer holds it, or a namespace still has content. */
const isHeld = (object: Stored, seconds: number, facts: DeletionFacts): boolean =>
  seconds > 0 || facts.hasResources || (object.metadata.finalizers ?? []).length > 0 || stringsAt(specOf(object), 'finalizers').length > 0;

const specOf = (object: Stored): Record<string, unknown> | undefined =>
  object.kind === 'Namespace' ? (object['spec'] as Record<string, unknown> | undefined) : undefined;

export const decideDeletion = (object: Stored, options: DeleteOptions, facts: DeletionFacts): Deletion => {
  const seconds = isPod(object) ? graceOf(object, options, facts) : 0;
  const next = withFinalizers(object, finalizersFor(object, options.propagationPolicy));
  if (!isHeld(next, seconds, facts)) return { do: 'remove' };
  if (object.metadata.deletionTimestamp === undefined)
    return { do: 'mark', object: marked(next, addSeconds(timeText(facts.now), seconds), seconds) };
  const sooner = shorten(next, seconds, facts.now);
  const same = sooner.metadata.deletionGracePeriodSeconds === object.metadata.deletionGracePeriodSeconds;
  return same && sooner.metadata.finalizers?.join() === object.metadata.finalizers?.join()
    ? { do: 'nothing' }
    : { do: 'mark', object: sooner };
};

/** After an update of an object that is being deleted: was that the last thing that held it? */
export const isReleased = (object: Stored, hasResources: boolean): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  !isHeld(object, 0, { now: new Date(0), hasResources });
