/** Events that follow from a change of a pod's status. Pure. */
import type { PodStatus } from '../api/objects.ts';
import type { PodEvent } from './environment.ts';

const TOLD: Record<string, string> = { CrashLoopBackOff: 'BackOff', ImagePullBackOff: 'BackOff' };

/** A container that has come to wait for its next try. */
export function tellBackoffs(before: PodStatus | undefined, after: PodStatus): PodEvent[] {
  const all = (status: PodStatus | undefined) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const earlier = new Map(all(before).map((c) => [c.name, c]));
  return all(after).flatMap((status): PodEvent[] => {
    const waiting = status.state?.waiting;
    const reason = TOLD[waiting?.reason ?? ''];
    const was = earlier.get(status.name)?.state?.waiting?.reason;
    if (reason === undefined || was === waiting?.reason) return [];
    const message = waiting?.reason === 'CrashLoopBackOff' ? 'Back-off restarting failed container' : 'Back-off pulling image';
    return [{ type: 'Warning', reason, message: `${message} ${status.name}`, container: status.name }];
  });
}
