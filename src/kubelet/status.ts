/** The status of a pod as the API shows it, from what is known of its parts. Pure. */
import type { ContainerStatus, PodStatus } from '../api/objects.ts';
import { podConditions } from './conditions.ts';
import { type ContainerStatusInput, containerStatus, wholeSeconds } from './container-status.ts';
import { isLive } from './instances.ts';
import { computePhase, type Phase } from './phase.ts';
import { initContainers, isDeleted, isTerminalPhase } from './pod.ts';
import { qosClass } from './qos.ts';
import type { SandboxRecord } from './record.ts';

export interface StatusInput extends Omit<ContainerStatusInput, 'kind' | 'sandboxId'> {
  sandbox?: SandboxRecord & { alive: boolean };
  /** The machine's address. */
  hostIP: string;
  /** The status as stored; what it says of others' conditions, phase and times is kept. */
  previous?: PodStatus;
  /** A verdict on the pod that is not in its containers: DeadlineExceeded, a refused admission. */
  verdict?: { reason: string; message: string };
  /** Something of the pod is being started. */
  busy?: boolean;
}

export function podStatus(input: StatusInput): PodStatus {
  const { pod, sandbox, previous, hostIP } = input;
  const now = wholeSeconds(input.now);
  const inputFor = (kind: 'init' | 'app'): ContainerStatusInput => ({ ...input, kind, ...(sandbox && { sandboxId: sandbox.id }) });
  const init = initContainers(pod).map((spec) => containerStatus(spec, inputFor('init')));
  const app = pod.spec.containers.map((spec) => containerStatus(spec, inputFor('app'))).sort(byName);
  const { phase, reason, message } = judge(input, init, app);
  const sandboxReady = sandbox?.state === 'ready' && sandbox.alive;
  const addresses = podAddresses(input);
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: podConditions({ pod, phase, init, app, sandboxReady, previous: previous?.conditions ?? [], now }),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(addresses.length > 0 && { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) }),
    startTime: previous?.startTime ?? now,
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: app,
    qosClass: previous?.qosClass ?? qosClass(pod),
  };
}

const byName = (a: ContainerStatus, b: ContainerStatus): number => (a.name < b.name ? -1 : 1);

interface Verdict {
  phase: Phase;
  reason?: string;
  message?: string;
}

/** A terminal phase is for good; and it comes only when nothing of the pod lives. */
function judge(input: StatusInput, init: readonly ContainerStatus[], app: readonly ContainerStatus[]): Verdict {
  const { previous, pod, containers, verdict } = input;
  const kept = { ...(previous?.reason && { reason: previous.reason }), ...(previous?.message && { message: previous.message }) };
  const before = previous?.phase as Phase | undefined;
  if (before !== undefined && isTerminalPhase(before)) return { phase: before, ...kept };
  const lives = containers.some(isLive) || input.busy === true;
  const phase = verdict ? 'Failed' : computePhase(pod, { init, app }, isDeleted(pod) && !lives);
  if (isTerminalPhase(phase) && lives) return { phase: before ?? 'Pending' };
  return { phase, ...verdict };
}

/** Once given, an address stays in the status until another sandbox has another one. */
function podAddresses({ pod, sandbox, hostIP, previous }: StatusInput): string[] {
  const kept = previous?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? [];
  if (pod.spec.hostNetwork) return sandbox || kept.length > 0 ? [hostIP] : [];
  return sandbox?.address !== undefined ? [sandbox.address] : kept;
}
