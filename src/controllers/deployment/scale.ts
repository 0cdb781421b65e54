/** A Deployment whose size was changed, or which is paused: sizes only, no new template. */
import type { ReplicaSet } from '../../api/objects.ts';
import { type Draft, oldestFirst, replicasOf, resize, scaledUp, total } from './draft.ts';
import { currentSet, oldSets } from './new-set.ts';
import { ownCounts } from './revision.ts';
import { cleanUp } from './rollout.ts';
import { maxSurge } from './size.ts';

/** The only ReplicaSet with pods; without any the new one, or the newest old one. Undefined in the middle of a rollout. */
const activeOrLatest = (current: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined => {
  const active = scaledUp(current ? [...old, current] : old);
  if (active.length === 0) return current ?? old.toSorted(oldestFirst).at(-1);
  return active.length === 1 ? active[0] : undefined;
};

const isSaturated = (draft: Draft, current: ReplicaSet | undefined): boolean => {
  if (!current) return false;
  const wanted = replicasOf(draft.deployment);
  return replicasOf(current) === wanted && ownCounts(current).desired === wanted && (current.status?.availableReplicas ?? 0) === wanted;
};

/** Half goes away from zero. */
const round = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

/** Its part of `toAdd` pods (negative: to remove), by its share of the size that it was made for. */
const share = (draft: Draft, rs: ReplicaSet, toAdd: number, added: number): number => {
  if (replicasOf(rs) === 0 || toAdd === 0 || toAdd === added) return 0;
  const wanted = replicasOf(draft.deployment);
  if (wanted === 0) return Math.max(-replicasOf(rs), toAdd - added);
  const before = ownCounts(rs).max ?? draft.deployment.status?.replicas ?? 0;
  if (before === 0) return 0;
  const fraction = round((replicasOf(rs) * (wanted + maxSurge(draft.deployment))) / before) - replicasOf(rs);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
};

const proportionally = (draft: Draft): void => {
  const wanted = replicasOf(draft.deployment);
  const active = scaledUp(draft.sets);
  const allowed = wanted > 0 ? wanted + maxSurge(draft.deployment) : 0;
  const toAdd = allowed - total(active);
  const newestOr = (a: ReplicaSet, b: ReplicaSet) => (toAdd > 0 ? oldestFirst(b, a) : oldestFirst(a, b));
  const ordered = active.toSorted((a, b) => replicasOf(b) - replicasOf(a) || newestOr(a, b));
  let added = 0;
  const sizes = ordered.map((rs) => {
    const part = share(draft, rs, toAdd, added);
    added += part;
    return replicasOf(rs) + part;
  });
  ordered.forEach((rs, i) => {
    const leftover = i === 0 ? toAdd - added : 0;
    resize(draft, rs, Math.max(0, (sizes[i] ?? 0) + leftover), 'size changed in the middle of a rollout: each its share');
  });
};

const scale = (draft: Draft, current: ReplicaSet | undefined): void => {
  const old = oldSets(draft);
  const only = activeOrLatest(current, old);
  if (only) {
    if (replicasOf(only) !== replicasOf(draft.deployment))
      resize(draft, only, replicasOf(draft.deployment), 'the Deployment has another size');
    return;
  }
  if (isSaturated(draft, current)) {
    for (const rs of scaledUp(old)) resize(draft, rs, 0, 'the new pods are all available');
    return;
  }
  if ((draft.deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate') proportionally(draft);
};

export const scaleOnly = (draft: Draft): void => {
  scale(draft, currentSet(draft, false));
  if (draft.deployment.spec.paused) cleanUp(draft);
};

/** Was the Deployment's size changed since its ReplicaSets were sized? */
export const isScaling = (draft: Draft): boolean =>
  scaledUp(draft.sets).some((rs) => {
    const { desired } = ownCounts(rs);
    return desired !== undefined && desired !== replicasOf(draft.deployment);
  });
