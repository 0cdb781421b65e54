/** The phase of a pod, from the statuses of its containers. Pure. */
import type { Container, ContainerStatus, Pod } from '../api/objects.ts';
import { initContainers, isSidecar } from './pod.ts';
import { containerPolicy, policyRestarts } from './restart.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

const endOf = (status: ContainerStatus | undefined) =>
  status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);

/** `ended`: nothing will ever be started again, whatever the policy: a deleted pod whose containers are gone. */
export function computePhase(
  pod: Pod,
  statuses: { init: readonly ContainerStatus[]; app: readonly ContainerStatus[] },
  ended: boolean,
): Phase {
  const init = initPhase(pod, statuses.init);
  if (init === 'failed') return 'Failed';
  const apps = pod.spec.containers.map((spec) => ({ spec, status: statuses.app.find((s) => s.name === spec.name) }));
  const begun = apps.some(({ status }) => status?.state?.running || endOf(status));
  if ((init === 'pending' && !begun) || apps.some(({ status }) => !status?.state?.running && !endOf(status)))
    return ended ? 'Failed' : 'Pending';
  if (apps.some(({ status }) => status?.state?.running)) return 'Running';
  const codes = apps.map(({ spec, status }) => ({ spec, code: endOf(status)?.exitCode ?? 137 }));
  if (!ended && codes.some(({ spec, code }) => policyRestarts(pod, spec, code))) return 'Running';
  return codes.every(({ code }) => code === 0) ? 'Succeeded' : 'Failed';
}

function initPhase(pod: Pod, statuses: readonly ContainerStatus[]): 'pending' | 'done' | 'failed' {
  let state: 'pending' | 'done' = 'done';
  for (const spec of initContainers(pod)) {
    const status = statuses.find((s) => s.name === spec.name);
    if (isSidecar(spec)) {
      if (!status?.started && !endOf(status)) state = 'pending';
      continue;
    }
    const end = endOf(status);
    if (end !== undefined && end.exitCode !== 0 && givesUp(pod, spec, end.exitCode)) return 'failed';
    if (status?.state?.terminated?.exitCode !== 0) state = 'pending';
  }
  return state;
}

const givesUp = (pod: Pod, spec: Container, code: number): boolean =>
  containerPolicy(pod, spec) === 'Never' && !policyRestarts(pod, spec, code);
