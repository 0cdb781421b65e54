/**
 * A Deployment and its ReplicaSets while one reconcile thinks about them: what it decides is written into these copies and noted as
 * changes. The Deployment itself is compared with what it was only at the end.
 */
import { setCondition } from '../../api/conditions.ts';
import type { Deployment, ReplicaSet } from '../../api/objects.ts';
import { timeText } from '../../api/time.ts';
import { type Change, plain, remove, tell } from '../change.ts';
import { ownCounts, writeCounts } from './revision.ts';
import { maxSurge } from './size.ts';

export type DeploymentStatus = NonNullable<Deployment['status']>;
export type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number];

export interface Draft {
  deployment: Deployment;
  /** Of this Deployment, oldest first. */
  sets: ReplicaSet[];
  /** Names of all ReplicaSets of the namespace. */
  readonly taken: ReadonlySet<string>;
  readonly changes: Change[];
  readonly now: number;
}

export const replicasOf = (object: { spec: { replicas?: number } }): number => object.spec.replicas ?? 1;
export const total = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, rs) => sum + replicasOf(rs), 0);
export const available = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, rs) => sum + (rs.status?.availableReplicas ?? 0), 0);
export const scaledUp = (sets: readonly ReplicaSet[]): ReplicaSet[] => sets.filter((rs) => replicasOf(rs) > 0);

const ageOf = (rs: ReplicaSet): string => rs.metadata.creationTimestamp ?? '9999';
export const oldestFirst = (a: ReplicaSet, b: ReplicaSet): number => {
  if (ageOf(a) !== ageOf(b)) return ageOf(a) < ageOf(b) ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
};

/** Puts a changed ReplicaSet in the place of the one of its name. */
export const replaceSet = (draft: Draft, next: ReplicaSet, why: string): void => {
  draft.sets = draft.sets.map((rs) => (rs.metadata.name === next.metadata.name ? next : rs));
  const made = draft.changes.findIndex((c) => c.do === 'create' && c.object.metadata.name === next.metadata.name);
  const change: Change = made >= 0 ? { do: 'create', object: plain(next), why } : { do: 'update', object: plain(next), why };
  if (made >= 0) draft.changes[made] = change;
  else draft.changes.push(change);
};

/** Gives a ReplicaSet another size, and the counts of its Deployment. Returns whether its size changed. */
export const resize = (draft: Draft, rs: ReplicaSet, replicas: number, why: string): boolean => {
  const wanted = replicasOf(draft.deployment);
  const before = replicasOf(rs);
  const counts = { desired: wanted, max: wanted + maxSurge(draft.deployment) };
  const known = ownCounts(rs);
  if (before === replicas && known.desired === counts.desired && known.max === counts.max) return false;
  replaceSet(draft, writeCounts({ ...rs, spec: { ...rs.spec, replicas } }, counts), why);
  if (before === replicas) return false;
  const direction = before < replicas ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${rs.metadata.name} from ${before} to ${replicas}`;
  draft.changes.push(tell(draft.deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message }));
  return true;
};

export const discard = (draft: Draft, rs: ReplicaSet, why: string): void => {
  draft.sets = draft.sets.filter((other) => other !== rs);
  draft.changes.push(remove(rs, why));
};

export const conditionOf = (status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined =>
  status?.conditions?.find((c) => c.type === type);

/** A condition with the same status and reason stays as it is, so that its times keep their meaning. */
export const withCondition = (
  status: DeploymentStatus | undefined,
  condition: { type: string; status: string; reason: string; message: string },
  now: number,
): DeploymentStatus => {
  const before = conditionOf(status, condition.type);
  if (status && before?.status === condition.status && before.reason === condition.reason) return status;
  const at = timeText(new Date(now));
  return { ...status, conditions: setCondition(status?.conditions, { ...condition, lastUpdateTime: at }, at) };
};
