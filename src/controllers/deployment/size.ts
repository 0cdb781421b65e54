/** How many pods a rolling update may have too many and too few. */
import { resolveCount } from '../../api/intstr.ts';
import type { Deployment } from '../../api/objects.ts';

const isRolling = (d: Deployment): boolean => (d.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

/** Surge rounds up, unavailable rounds down; both zero would stand still. */
const bounds = (d: Deployment): { surge: number; unavailable: number } => {
  const replicas = d.spec.replicas ?? 1;
  const surge = resolveCount(d.spec.strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, 'up');
  const unavailable = resolveCount(d.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
};

export const maxSurge = (d: Deployment): number => (isRolling(d) ? bounds(d).surge : 0);

export const maxUnavailable = (d: Deployment): number => {
  const replicas = d.spec.replicas ?? 1;
  return isRolling(d) && replicas > 0 ? Math.min(bounds(d).unavailable, replicas) : 0;
};
