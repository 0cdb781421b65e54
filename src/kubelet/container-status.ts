/** The status of one container, from its instances. Pure. */
import type { Container, ContainerState, ContainerStatus } from '../api/objects.ts';
import { timeText } from '../api/time.ts';
import type { ProbeResults, StartError } from './action.ts';
import { type BackoffState, containerBackoffKey, crashLoopMessage, restartBlockedUntil } from './backoff.ts';
import { instancesOf } from './instances.ts';
import { isDeleted, isSidecar, isTerminalPhase, podLabel, type StoredPod } from './pod.ts';
import type { ContainerRecord } from './record.ts';
import { policyRestarts, shouldRestart } from './restart.ts';

export interface ContainerStatusInput {
  pod: StoredPod;
  kind: 'init' | 'app';
  /** All instances of the pod. */
  containers: readonly ContainerRecord[];
  /** The newest sandbox: what an init container did in an earlier one counts no more. */
  sandboxId?: string;
  startErrors: ReadonlyMap<string, StartError>;
  /** Why there is no sandbox to start it in. */
  sandboxProblem?: string;
  backoff: BackoffState;
  probes: ReadonlyMap<string, ProbeResults>;
  now: Date;
}

/** RFC 3339 in whole seconds, as the API shows times. */
export const wholeSeconds = (time: string | Date): string => timeText(new Date(time));

export function containerStatus(spec: Container, input: ContainerStatusInput): ContainerStatus {
  // one that is still being made shows nothing yet
  const all = instancesOf(input.containers, spec.name).filter((c) => c.state === 'running' || c.state === 'exited');
  const last = all.at(-1);
  const stale = input.kind === 'init' && last?.state === 'exited' && last.sandboxId !== input.sandboxId;
  const current = stale ? undefined : last;
  const before = stale ? last : all.at(-2);
  const waiting = waitingState(spec, input, current);
  const running = !waiting && current?.state === 'running';
  const started = running && isStarted(spec, current, input.probes);
  const ended = waiting && current ? current : before;
  return {
    ...identity(spec, current ?? before),
    state: waiting ?? (current ? stateOf(current) : {}),
    lastState: ended ? stateOf(ended) : {},
    ready: isReady(spec, input, current, started),
    restartCount: last?.attempt ?? 0,
    started,
  };
}

const identity = (spec: Container, record: ContainerRecord | undefined) => ({
  name: spec.name,
  image: record?.image ?? spec.image ?? '',
  imageID: record?.imageId ?? '',
  ...(record && { containerID: `podstead://${record.id}` }),
  ...(spec.resources && Object.keys(spec.resources).length > 0 && { resources: spec.resources }),
});

function stateOf(record: ContainerRecord): ContainerState {
  if (record.state !== 'exited') return { running: { startedAt: wholeSeconds(record.startedAt ?? record.createdAt) } };
  return {
    terminated: {
      containerID: `podstead://${record.id}`,
      exitCode: record.exitCode ?? 137,
      reason: record.reason ?? (record.exitCode === 0 ? 'Completed' : 'Error'),
      ...(record.message !== undefined && record.message !== '' && { message: record.message }),
      ...(record.signal !== undefined && { signal: record.signal }),
      ...(record.startedAt !== undefined && { startedAt: wholeSeconds(record.startedAt) }),
      ...(record.finishedAt !== undefined && { finishedAt: wholeSeconds(record.finishedAt) }),
    },
  };
}

/** undefined: it doesn't wait. An end that a restart will follow is shown as waiting once there is a reason to show. */
function waitingState(spec: Container, input: ContainerStatusInput, current: ContainerRecord | undefined): ContainerState | undefined {
  const { pod, startErrors, backoff, now } = input;
  const error = startErrors.get(spec.name);
  if (current === undefined) {
    if (error) return { waiting: { reason: error.reason, message: error.message } };
    const behindInit = (pod.spec.initContainers?.length ?? 0) > 0;
    const message = input.sandboxProblem;
    return { waiting: { reason: behindInit ? 'PodInitializing' : 'ContainerCreating', ...(message !== undefined && { message }) } };
  }
  if (current.state !== 'exited' || !restarts(spec, input, current)) return undefined;
  const key = containerBackoffKey(spec);
  if (restartBlockedUntil(backoff, key, current.finishedAt, now)) {
    const message = crashLoopMessage(backoff[key]?.seconds ?? 0, spec.name, podLabel(pod));
    return { waiting: { reason: 'CrashLoopBackOff', message } };
  }
  return error ? { waiting: { reason: error.reason, message: error.message } } : undefined;
}

function restarts(spec: Container, { pod, kind }: ContainerStatusInput, ended: ContainerRecord): boolean {
  if (isDeleted(pod) || isTerminalPhase(pod.status?.phase)) return false;
  if (kind === 'app' || isSidecar(spec)) return shouldRestart(pod, spec, ended);
  return ended.exitCode !== 0 && policyRestarts(pod, spec, ended.exitCode ?? 137);
}

const isStarted = (spec: Container, record: ContainerRecord, probes: ContainerStatusInput['probes']): boolean =>
  spec.startupProbe === undefined || probes.get(record.id)?.startup === 'Success';

function isReady(spec: Container, input: ContainerStatusInput, current: ContainerRecord | undefined, started: boolean): boolean {
  if (current === undefined) return false;
  if (input.kind === 'init' && !isSidecar(spec)) return current.state === 'exited' && current.exitCode === 0;
  if (!started) return false;
  return spec.readinessProbe === undefined || input.probes.get(current.id)?.readiness === 'Success';
}
