/** How far a rollout is, in kubectl's words. Pure. */
import type { Deployment } from '../api/objects.ts';

export interface RolloutStatus {
  done: boolean;
  message: string;
  /** It will not get any further by waiting. */
  failed?: true;
}

export const rolloutStatus = (deployment: Deployment): RolloutStatus => {
  const { name, generation = 0 } = deployment.metadata;
  const status = deployment.status ?? {};
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const waiting = (what: string): RolloutStatus => ({
    done: false,
    message: `Waiting for deployment "${name}" rollout to finish: ${what}...`,
  });
  if (generation > (status.observedGeneration ?? 0))
    return { done: false, message: 'Waiting for deployment spec update to be observed...' };
  if (status.conditions?.some((c) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded'))
    return { done: false, failed: true, message: `deployment "${name}" exceeded its progress deadline` };
  const wanted = deployment.spec.replicas ?? 1;
  if (updatedReplicas < wanted) return waiting(`${updatedReplicas} out of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas) return waiting(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas) return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return { done: true, message: `deployment "${name}" successfully rolled out` };
};
