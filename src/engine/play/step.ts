/**
 * What a play has to do next: from its object, what the store says, and the time. Pure and level-triggered: asked again after each step,
 * by whichever engine is there.
 */
import { isObject } from '../../api/json.ts';
import type { KubeObject, PlayEnding, PlayStatus, Pod, Stored } from '../../api/objects.ts';
import { timeOf } from '../../api/time.ts';
import { type PodProgress, type Progress, playProgress } from '../play-progress.ts';
import type { Facts, StoredPlay } from './facts.ts';
import { isCancelled, phaseOf } from './queue.ts';
import { CANCELLED, MALFORMED, notGoneText, timedOutText, undoneText } from './text.ts';

export const DEFAULT_TIMEOUT_SECONDS = 300;
/** So long after the grace of the last pod, everything that was deleted should be gone. */
export const ENDING_LIMIT_MS = 120_000;
/** What is wrong with a pod that was there before may be what the play has just mended: so long it gets to try again. */
export const MENDING_MS = 5_000;

export type Step =
  /** Its turn has come. */
  | { do: 'enter' }
  /** Find out whether it can be done; then store the objects, or first delete those that are to be replaced. */
  | { do: 'check' }
  | { do: 'apply' }
  /** `down`: delete what it names. */
  | { do: 'delete' }
  | { do: 'undo'; why: string; end: 'Failed' | 'Undone'; pods: PodProgress[] }
  /** What was deleted is gone, or will not go: do what had to wait for it, and finish. */
  | { do: 'conclude'; failures: string[] }
  | { do: 'finish'; phase: 'Succeeded' | 'Failed' | 'Undone'; pods: PodProgress[]; message?: string }
  /** Until the store changes, or this time (ms since the epoch); meanwhile its pods are to be shown like this. */
  | { do: 'wait'; until: number; pods: PodProgress[] };

export function nextStep(play: StoredPlay, facts: Facts, now: number): Step {
  switch (phaseOf(play)) {
    case 'Queued':
      if (isCancelled(play)) return { do: 'finish', phase: 'Undone', pods: [], message: CANCELLED };
      if (!isWellFormed(play)) return { do: 'finish', phase: 'Failed', pods: [], message: MALFORMED };
      return play.spec.mode === 'down' ? { do: 'delete' } : { do: 'enter' };
    case 'Undoing':
      return undoing(play, facts, now);
    default:
      if (!isWellFormed(play)) return { do: 'finish', phase: 'Failed', pods: [], message: MALFORMED };
      return play.spec.mode === 'down' ? takingDown(play, facts, now) : playing(play, facts, now);
  }
}

const isWellFormed = ({ spec }: StoredPlay): boolean =>
  (spec?.mode === 'play' || spec?.mode === 'down') &&
  Array.isArray(spec.objects) &&
  spec.objects.every((object) => isObject(object) && isObject(object.metadata));

function playing(play: StoredPlay, facts: Facts, now: number): Step {
  if (isCancelled(play)) return { do: 'undo', why: CANCELLED, end: 'Undone', pods: play.status?.pods ?? [] };
  const { status } = play;
  if (status?.applied) return starting(play, facts, now);
  if (status?.ending === undefined) return { do: 'check' };
  const left = remaining(status, facts);
  if (left.length === 0) return { do: 'apply' };
  const deadline = deadlineOf(play);
  if (now >= deadline) return { do: 'undo', why: notGoneText(left), end: 'Failed', pods: endingPods(left) };
  return { do: 'wait', until: deadline, pods: endingPods(left) };
}

function starting(play: StoredPlay, facts: Facts, now: number): Step {
  if (play.spec.start === false) return { do: 'finish', phase: 'Succeeded', pods: [] };
  const { pods, done, failure } = progressOf(play.spec.objects, facts);
  const mendedBy = startOf(play) + MENDING_MS;
  if (failure !== undefined && now < mendedBy && pods.every((pod) => pod.state !== 'Failed' || !isMadeBy(play, pod, facts)))
    return { do: 'wait', until: Math.min(mendedBy, deadlineOf(play)), pods: pods.map(asPending) };
  if (failure !== undefined) return { do: 'undo', why: failure, end: 'Failed', pods };
  if (done) return { do: 'finish', phase: 'Succeeded', pods };
  const deadline = deadlineOf(play);
  if (now < deadline) return { do: 'wait', until: deadline, pods };
  return { do: 'undo', why: timedOutText(timeoutSeconds(play), pods), end: 'Failed', pods };
}

/** Of what is still there: an object that somebody has deleted meanwhile is waited for no longer. */
export function progressOf(objects: readonly KubeObject[], facts: Facts): Progress {
  const wanted = objects.filter((object) => {
    const live = facts.named(object);
    return live !== undefined && live.metadata.deletionTimestamp === undefined;
  });
  return playProgress(wanted, facts, isUnseen);
}

/** Its status still speaks of the spec that it had before. */
const isUnseen = ({ metadata, status }: Pod): boolean =>
  status?.observedGeneration !== undefined && status.observedGeneration < (metadata.generation ?? 0);

/** A pod that is there because this play created it, or the Deployment or ReplicaSet that made it. */
function isMadeBy({ status }: StoredPlay, { namespace, name }: PodProgress, facts: Facts): boolean {
  const created = new Set((status?.undo ?? []).flatMap(({ did, uid }) => (did === 'created' ? [uid] : [])));
  const ownersOf = (object: Pick<Stored, 'metadata'> | undefined) => (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid);
  const pod = facts.pod(namespace, name);
  const sets = ownersOf(pod as Stored | undefined);
  return [pod?.metadata.uid, ...sets, ...sets.flatMap((uid) => ownersOf(facts.byUid(uid)))].some((uid) => created.has(uid ?? ''));
}

const asPending = (pod: PodProgress): PodProgress => (pod.state === 'Failed' ? { ...pod, state: 'Pending' } : pod);

function takingDown(play: StoredPlay, facts: Facts, now: number): Step {
  const left = remaining(play.status, facts);
  const deadline = endingDeadline(play.status, left, timeoutSeconds(play) * 1000);
  return left.length > 0 && now < deadline
    ? { do: 'wait', until: deadline, pods: endingPods(left) }
    : { do: 'conclude', failures: failuresOf(play.status, left) };
}

function undoing({ status }: StoredPlay, facts: Facts, now: number): Step {
  const left = remaining(status, facts);
  const deadline = endingDeadline(status, left, ENDING_LIMIT_MS);
  // The pods that made it fail stay in sight.
  return left.length > 0 && now < deadline
    ? { do: 'wait', until: deadline, pods: status?.pods ?? [] }
    : { do: 'conclude', failures: failuresOf(status, left) };
}

const failuresOf = (status: PlayStatus | undefined, left: readonly Stored[]): string[] => [
  ...(status?.failures ?? []),
  ...(left.length > 0 ? [notGoneText(left)] : []),
];

/** How a play ends that has taken something down or was undone. */
export function outcomeOf({ status }: StoredPlay, failures: readonly string[]): Pick<PlayStatus, 'phase' | 'message'> {
  if (status?.phase === 'Undoing') {
    const phase = failures.length > 0 ? 'Failed' : (status.end ?? 'Failed');
    return { phase, message: undoneText(status.message, phase, failures, status.undo.length > 0) };
  }
  return failures.length > 0 ? { phase: 'Failed', message: failures.join('\n') } : { phase: 'Succeeded' };
}

const timeoutSeconds = (play: StoredPlay): number => play.spec.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
const startOf = (play: StoredPlay): number => timeOf(play.status?.startedAt ?? '1970-01-01T00:00:00Z');
const deadlineOf = (play: StoredPlay): number => startOf(play) + timeoutSeconds(play) * 1000;

const remaining = (status: PlayStatus | undefined, facts: Facts): Stored[] =>
  (status?.ending ?? []).flatMap(({ uid }: PlayEnding) => facts.byUid(uid) ?? []);

/** A pod's deletionTimestamp is when its grace ends. */
const endingDeadline = (status: PlayStatus | undefined, left: readonly Stored[], limitMs: number): number =>
  Math.max(timeOf(status?.endingSince ?? '1970-01-01T00:00:00Z'), ...left.map((o) => timeOf(o.metadata.deletionTimestamp ?? '') || 0)) +
  limitMs;

const endingPods = (left: readonly Stored[]): PodProgress[] =>
  left
    .filter(({ kind }) => kind === 'Pod')
    .map(({ metadata: { namespace = 'default', name } }) => ({ namespace, name, state: 'Pending', detail: 'is being ended' }));
