/** Status and conditions of a Deployment, and whether its rollout goes on. */
import { removeCondition, setCondition } from '../../api/conditions.ts';
import { timeText } from '../../api/time.ts';
import { available, conditionOf, type DeploymentStatus, type Draft, replicasOf, total, withCondition } from './draft.ts';
import { findNewSet } from './new-set.ts';
import { maxUnavailable } from './size.ts';

const sum = (draft: Draft, field: 'replicas' | 'readyReplicas' | 'terminatingReplicas'): number =>
  draft.sets.reduce((n, rs) => n + (rs.status?.[field] ?? 0), 0);

const counts = (draft: Draft): DeploymentStatus => {
  const { deployment } = draft;
  const there = available(draft.sets);
  return {
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(draft, 'replicas'),
    updatedReplicas: findNewSet(draft)?.status?.replicas ?? 0,
    readyReplicas: sum(draft, 'readyReplicas'),
    availableReplicas: there,
    unavailableReplicas: Math.max(0, total(draft.sets) - there),
    terminatingReplicas: sum(draft, 'terminatingReplicas'),
    ...(deployment.status?.conditions ? { conditions: deployment.status.conditions } : {}),
  };
};

/** Zero counts are absent, as in Kubernetes, where only terminatingReplicas tells zero from unknown. */
export const withoutZeros = (status: DeploymentStatus): DeploymentStatus =>
  Object.fromEntries(Object.entries(status).filter(([key, value]) => value !== 0 || key === 'terminatingReplicas')) as DeploymentStatus;

export const calculateStatus = (draft: Draft): DeploymentStatus => {
  const { deployment, now } = draft;
  const status = counts(draft);
  const enough = (status.availableReplicas ?? 0) >= replicasOf(deployment) - maxUnavailable(deployment);
  const message = `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`;
  const reason = enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable';
  return withCondition(status, { type: 'Available', status: enough ? 'True' : 'False', reason, message }, now);
};

/** All pods are of the current template, as many as wanted, and available. */
export const isComplete = (draft: Draft, status: DeploymentStatus): boolean => {
  const wanted = replicasOf(draft.deployment);
  const seen = (status.observedGeneration ?? 0) >= (draft.deployment.metadata.generation ?? 0);
  return (
    seen && (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted && (status.availableReplicas ?? 0) === wanted
  );
};

const moves = (before: DeploymentStatus, after: DeploymentStatus): boolean => {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  const more = (field: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') => (after[field] ?? 0) > (before[field] ?? 0);
  return more('updatedReplicas') || old(after) < old(before) || more('readyReplicas') || more('availableReplicas');
};

/** When the rollout counts as stuck; undefined while it is not waiting for anything. */
export const deadlineOf = (draft: Draft, status: DeploymentStatus): number | undefined => {
  const condition = conditionOf(status, 'Progressing');
  const seconds = draft.deployment.spec.progressDeadlineSeconds;
  if (
    seconds === undefined ||
    !condition ||
    condition.reason === 'NewReplicaSetAvailable' ||
    condition.reason === 'ProgressDeadlineExceeded'
  )
    return undefined;
  return Date.parse(condition.lastUpdateTime ?? '') + seconds * 1000;
};

/** The rollout still moves: its clock starts anew, even when nothing else of the condition changes. */
const refreshed = (status: DeploymentStatus, message: string, now: number): DeploymentStatus => {
  const at = timeText(new Date(now));
  const next = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message, lastUpdateTime: at };
  return { ...status, conditions: setCondition(status.conditions, next, at) };
};

const withProgress = (draft: Draft, before: DeploymentStatus, status: DeploymentStatus): DeploymentStatus => {
  const current = findNewSet(draft);
  const who = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${draft.deployment.metadata.name}"`;
  const reason = conditionOf(draft.deployment.status, 'Progressing')?.reason;
  if (status.replicas === status.updatedReplicas && reason === 'NewReplicaSetAvailable') return status;
  if (isComplete(draft, status)) {
    const message = `${who} has successfully progressed.`;
    return withCondition(status, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message }, draft.now);
  }
  if (moves(before, status)) return refreshed(status, `${who} is progressing.`, draft.now);
  const deadline = deadlineOf(draft, status);
  if (deadline === undefined || deadline >= draft.now) return status;
  const message = `${who} has timed out progressing.`;
  return withCondition(status, { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message }, draft.now);
};

const withFailures = (draft: Draft, status: DeploymentStatus): DeploymentStatus => {
  const failing = [findNewSet(draft), ...draft.sets]
    .map((rs) => rs?.status?.conditions?.find((c) => c.type === 'ReplicaFailure'))
    .find((c) => c);
  if (failing) return withCondition(status, { ...failing, reason: failing.reason ?? '', message: failing.message ?? '' }, draft.now);
  return { ...status, conditions: removeCondition(status.conditions, 'ReplicaFailure') };
};

/** Status in the middle of, or after, a rollout. `before` is the status as it was stored. */
export const rolloutProgress = (draft: Draft, before: DeploymentStatus): DeploymentStatus => {
  const status = calculateStatus(draft);
  if (draft.deployment.spec.progressDeadlineSeconds === undefined)
    return withFailures(draft, { ...status, conditions: removeCondition(status.conditions, 'Progressing') });
  return withFailures(draft, withProgress(draft, before, status));
};

/** Pausing stops the rollout's clock. */
export const pauseCondition = (draft: Draft): void => {
  const { deployment, now } = draft;
  const reason = conditionOf(deployment.status, 'Progressing')?.reason;
  if (deployment.spec.progressDeadlineSeconds === undefined || reason === 'ProgressDeadlineExceeded') return;
  const paused = deployment.spec.paused === true;
  if (paused === (reason === 'DeploymentPaused')) return;
  const text = paused
    ? { reason: 'DeploymentPaused', message: 'Deployment is paused' }
    : { reason: 'DeploymentResumed', message: 'Deployment is resumed' };
  draft.deployment = { ...deployment, status: withCondition(deployment.status, { type: 'Progressing', status: 'Unknown', ...text }, now) };
};
