/** Deployment: ReplicaSets, one per template, and the way from one to the next. */
import { sameJson } from '../api/json.ts';
import type { Deployment, Pod, ReplicaSet } from '../api/objects.ts';
import { type Change, plain, refOf, tell } from './change.ts';
import { type DeploymentStatus, type Draft, oldestFirst } from './deployment/draft.ts';
import { currentSet } from './deployment/new-set.ts';
import { calculateStatus, deadlineOf, pauseCondition, rolloutProgress, withoutZeros } from './deployment/progress.ts';
import { recreate, rolling } from './deployment/rollout.ts';
import { isScaling, scaleOnly } from './deployment/scale.ts';
import { claim } from './ownership.ts';

export interface DeploymentView {
  /** All ReplicaSets of its namespace. */
  replicaSets: readonly ReplicaSet[];
  /** All pods of its namespace. */
  pods: readonly Pod[];
}

const isEmpty = (d: Deployment): boolean =>
  Object.keys(d.spec.selector.matchLabels ?? {}).length === 0 && (d.spec.selector.matchExpressions ?? []).length === 0;

/** What is to be done about the ReplicaSets; answers with the new status. */
const decide = (draft: Draft, view: DeploymentView, before: DeploymentStatus): DeploymentStatus => {
  if (draft.deployment.metadata.deletionTimestamp !== undefined) return calculateStatus(draft);
  pauseCondition(draft);
  // numbers and annotations of what exists are right before sizes are compared
  currentSet(draft, false);
  if (draft.deployment.spec.paused || isScaling(draft)) {
    scaleOnly(draft);
    return calculateStatus(draft);
  }
  if (draft.deployment.spec.strategy?.type === 'Recreate') recreate(draft, view.pods);
  else rolling(draft);
  return rolloutProgress(draft, before);
};

const lookAgain = (draft: Draft, status: DeploymentStatus): Change[] => {
  const at = draft.deployment.spec.paused ? undefined : deadlineOf(draft, status);
  if (at === undefined || Number.isNaN(at)) return [];
  // a second later it is past the deadline for certain: times in conditions are whole seconds
  return [{ do: 'lookAgain', about: refOf(draft.deployment), at: at + 1000, why: 'progressDeadlineSeconds' }];
};

const deploymentChanges = (before: Deployment, after: Deployment, status: DeploymentStatus): Change[] => {
  const changes: Change[] = [];
  const name = before.metadata.name;
  if (!sameJson(before.metadata, after.metadata))
    changes.push({ do: 'update', object: plain({ ...after, status: before.status }), why: `revision of ${name}` });
  if (!sameJson(before.status ?? {}, status))
    changes.push({
      do: 'updateStatus',
      object: plain({ ...after, status }),
      why: `${status.availableReplicas ?? 0} pods of ${name} available`,
    });
  return changes;
};

export const reconcileDeployment = (deployment: Deployment, view: DeploymentView, now: number): Change[] => {
  if (isEmpty(deployment)) {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    return [tell(deployment, { type: 'Warning', reason: 'SelectingAll', message })];
  }
  const claimed = claim(deployment, deployment.spec.selector, view.replicaSets);
  const draft: Draft = {
    deployment,
    sets: claimed.objects.toSorted(oldestFirst),
    taken: new Set(view.replicaSets.map((rs) => rs.metadata.name)),
    changes: claimed.changes,
    now,
  };
  const status = withoutZeros(decide(draft, view, deployment.status ?? {}));
  return [...draft.changes, ...deploymentChanges(deployment, draft.deployment, status), ...lookAgain(draft, status)];
};
