/** Pods as their controllers see them: active, ready, available, and which of them goes first. */
import { findCondition, isTrue } from '../api/conditions.ts';
import type { Pod } from '../api/objects.ts';

export const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
export const isActive = (pod: Pod): boolean => !isFinished(pod) && !isTerminating(pod);
export const isReady = (pod: Pod): boolean => isTrue(pod.status?.conditions, 'Ready');

/** When it became ready, ms since the epoch. */
const readySince = (pod: Pod): number => Date.parse(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '');

/** When it counts as available: now or earlier, or a moment in the future; undefined while it is not ready. */
export const availableAt = (pod: Pod, minReadySeconds: number): number | undefined => {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySince(pod);
  return Number.isNaN(since) ? undefined : since + minReadySeconds * 1000;
};

export const isAvailable = (pod: Pod, minReadySeconds: number, now: number): boolean => {
  const at = availableAt(pod, minReadySeconds);
  return at !== undefined && at <= now;
};

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

const restarts = (pod: Pod): number =>
  Math.max(0, ...[...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].map((s) => s.restartCount));

/** Ages are compared by their order of magnitude only, so that it is not always the newest who goes. */
const magnitude = (from: number, now: number): number => (now > from ? Math.floor(Math.log2((now - from) * 1e6)) : -1);

type Compare = (a: Pod, b: Pod, now: number) => number;
const byAge = (age: (pod: Pod) => number): Compare => {
  return (a, b, now) => {
    const [x, y] = [age(a), age(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? 0 : magnitude(x, now) - magnitude(y, now);
  };
};

const ORDER: readonly Compare[] = [
  (a, b) => Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)),
  (a, b) => (PHASES[a.status?.phase ?? 'Pending'] ?? 0) - (PHASES[b.status?.phase ?? 'Pending'] ?? 0),
  (a, b) => Number(isReady(a)) - Number(isReady(b)),
  (a, b) => Number(a.metadata.annotations?.[DELETION_COST] ?? 0) - Number(b.metadata.annotations?.[DELETION_COST] ?? 0),
  (a, b, now) => (isReady(a) && isReady(b) ? byAge(readySince)(a, b, now) : 0),
  (a, b) => restarts(b) - restarts(a),
  byAge((pod) => Date.parse(pod.metadata.creationTimestamp ?? '')),
];

/** Those to delete first come first. Pods that are equal in all of this keep their order: give the last made first. */
export const deletionOrder = (pods: readonly Pod[], now: number): Pod[] =>
  pods.toSorted((a, b) => {
    for (const compare of ORDER) {
      const difference = compare(a, b, now);
      if (difference !== 0 && !Number.isNaN(difference)) return difference;
    }
    return 0;
  });
