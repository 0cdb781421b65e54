/** From the old ReplicaSets to the new one: step by step (RollingUpdate), or all at once after an end (Recreate). */
import type { Pod, ReplicaSet } from '../../api/objects.ts';
import { controllerOf } from '../ownership.ts';
import { isFinished } from '../pod-rank.ts';
import { available, type Draft, discard, replicasOf, resize, scaledUp, total } from './draft.ts';
import { currentSet, newSetSize, oldSets } from './new-set.ts';
import { isComplete } from './progress.ts';
import { revisionOf } from './revision.ts';
import { maxUnavailable } from './size.ts';

const availableOf = (rs: ReplicaSet): number => rs.status?.availableReplicas ?? 0;

const growNew = (draft: Draft, current: ReplicaSet): boolean => {
  const [size, wanted] = [replicasOf(current), replicasOf(draft.deployment)];
  if (size === wanted) return false;
  if (size > wanted) return resize(draft, current, wanted, 'more pods than the Deployment wants');
  return resize(draft, current, newSetSize(draft, size), 'room for more pods of the new template');
};

/** Pods that are not available serve nobody: they go first. Returns how many were taken away. */
const dropUnhealthy = (draft: Draft, most: number): number => {
  let dropped = 0;
  for (const rs of oldSets(draft)) {
    const unhealthy = replicasOf(rs) - availableOf(rs);
    if (dropped >= most || unhealthy <= 0) continue;
    const count = Math.min(most - dropped, unhealthy);
    resize(draft, rs, replicasOf(rs) - count, 'old pods that are not available');
    dropped += count;
  }
  return dropped;
};

const dropHealthy = (draft: Draft, minAvailable: number): number => {
  let surplus = available(draft.sets) - minAvailable;
  let dropped = 0;
  for (const rs of oldSets(draft)) {
    const count = Math.min(replicasOf(rs), surplus);
    if (count <= 0) continue;
    resize(draft, rs, replicasOf(rs) - count, 'enough new pods are available');
    surplus -= count;
    dropped += count;
  }
  return dropped;
};

const shrinkOld = (draft: Draft, current: ReplicaSet): boolean => {
  if (total(oldSets(draft)) === 0) return false;
  const minAvailable = replicasOf(draft.deployment) - maxUnavailable(draft.deployment);
  const newUnavailable = replicasOf(current) - availableOf(current);
  const most = total(draft.sets) - minAvailable - newUnavailable;
  if (most <= 0) return false;
  return dropUnhealthy(draft, most) + dropHealthy(draft, minAvailable) > 0;
};

export const rolling = (draft: Draft): void => {
  const current = currentSet(draft, true);
  if (!current) return;
  if (growNew(draft, current) || shrinkOld(draft, current)) return;
  if (isComplete(draft, draft.deployment.status ?? {})) cleanUp(draft);
};

/** Does a pod of an old template still run, or may it? */
const oldPodsLive = (draft: Draft, pods: readonly Pod[], current: ReplicaSet | undefined): boolean => {
  if (oldSets(draft).some((rs) => (rs.status?.replicas ?? 0) > 0)) return true;
  const old = new Set(oldSets(draft).map((rs) => rs.metadata.uid));
  return pods.some((pod) => {
    const owner = controllerOf(pod)?.uid;
    return owner !== undefined && owner !== current?.metadata.uid && old.has(owner) && !isFinished(pod);
  });
};

export const recreate = (draft: Draft, pods: readonly Pod[]): void => {
  const existing = currentSet(draft, false);
  const old = scaledUp(oldSets(draft));
  for (const rs of old) resize(draft, rs, 0, 'strategy Recreate: old pods end first');
  if (old.length > 0 || oldPodsLive(draft, pods, existing)) return;
  const current = existing ?? currentSet(draft, true);
  if (current && resize(draft, current, replicasOf(draft.deployment), 'all old pods have ended')) return;
  if (isComplete(draft, draft.deployment.status ?? {})) cleanUp(draft);
};

/** Old ReplicaSets beyond revisionHistoryLimit, the lowest revisions first; only such as have no pods. */
export const cleanUp = (draft: Draft): void => {
  const limit = draft.deployment.spec.revisionHistoryLimit;
  if (limit === undefined) return;
  const old = oldSets(draft).filter((rs) => rs.metadata.deletionTimestamp === undefined);
  const surplus = old.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, old.length - limit));
  for (const rs of surplus) {
    const observed = (rs.metadata.generation ?? 0) <= (rs.status?.observedGeneration ?? 0);
    if (replicasOf(rs) === 0 && (rs.status?.replicas ?? 0) === 0 && observed) discard(draft, rs, `more than ${limit} old revisions`);
  }
};
