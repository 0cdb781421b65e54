/** Pods: what READY, STATUS and RESTARTS say, by kubectl's rules. */
import type { Container, ContainerState, ContainerStatus, Pod } from '../../api/objects.ts';
import { shortDuration } from '../duration.ts';
import { ageColumn, type Column, NONE, nameColumn } from './column.ts';

export interface PodSummary {
  ready: number;
  total: number;
  status: string;
  restarts: number;
  /** The last end before a restart. */
  lastRestart: string | undefined;
}

interface Tally {
  restarts: number;
  last: string | undefined;
}

export function summarizePod(pod: Pod): PodSummary {
  const status = pod.status ?? {};
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map((c) => c.name));
  const phase = status.phase ?? 'Pending';
  const gated = status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  let reason = gated ? 'SchedulingGated' : (status.reason ?? phase);
  const init = summarizeInits(pod, sidecars);
  let tally = init.all;
  let ready = init.ready;
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || conditionIs(pod, 'Initialized')) {
    const apps = summarizeApps(status.containerStatuses ?? []);
    tally = add(init.sidecars, apps.tally);
    ready += apps.ready;
    reason = apps.reason ?? reason;
    if (reason === 'Completed' && apps.running) reason = conditionIs(pod, 'Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded' && phase !== 'Failed') reason = 'Terminating';
  return { ready, total: pod.spec.containers.length + sidecars.size, status: reason, restarts: tally.restarts, lastRestart: tally.last };
}

const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

const conditionIs = (pod: Pod, type: string): boolean =>
  pod.status?.conditions?.some((c) => c.type === type && c.status === 'True') === true;

const count = (tally: Tally, status: ContainerStatus): Tally =>
  add(tally, { restarts: status.restartCount, last: status.lastState?.terminated?.finishedAt });

const add = (a: Tally, b: Tally): Tally => ({
  restarts: a.restarts + b.restarts,
  last: a.last === undefined || (b.last !== undefined && Date.parse(b.last) > Date.parse(a.last)) ? b.last : a.last,
});

interface InitSummary {
  /** What the pod's initialization waits for or failed with; absent when it is over. */
  reason?: string;
  ready: number;
  all: Tally;
  sidecars: Tally;
}

function summarizeInits(pod: Pod, sidecars: ReadonlySet<string>): InitSummary {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const summary: InitSummary = { ready: 0, all: { restarts: 0, last: undefined }, sidecars: { restarts: 0, last: undefined } };
  for (const [i, status] of statuses.entries()) {
    const sidecar = sidecars.has(status.name);
    summary.all = count(summary.all, status);
    if (sidecar) summary.sidecars = count(summary.sidecars, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) summary.ready++;
      continue;
    }
    if (terminated) return { ...summary, reason: `Init:${endReason(terminated)}` };
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return { ...summary, reason: `Init:${waiting.reason}` };
    return { ...summary, reason: `Init:${i}/${pod.spec.initContainers?.length ?? 0}` };
  }
  return summary;
}

function summarizeApps(statuses: readonly ContainerStatus[]): { reason?: string; ready: number; running: boolean; tally: Tally } {
  let tally: Tally = { restarts: 0, last: undefined };
  let ready = 0;
  let reason: string | undefined;
  for (const status of statuses.toReversed()) {
    tally = count(tally, status);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = endReason(terminated);
    else if (status.ready && running) ready++;
  }
  return { ...(reason === undefined ? {} : { reason }), ready, running: ready > 0, tally };
}

const endReason = (end: NonNullable<ContainerState['terminated']>): string =>
  end.reason ? end.reason : end.signal ? `Signal:${end.signal}` : `ExitCode:${end.exitCode}`;

function restartText(pod: Pod, now: Date): string {
  const { restarts, lastRestart } = summarizePod(pod);
  if (restarts === 0 || lastRestart === undefined) return String(restarts);
  return `${restarts} (${shortDuration(now.getTime() - Date.parse(lastRestart))} ago)`;
}

function gateText(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  return gates.length === 0 ? NONE : `${gates.filter((gate) => conditionIs(pod, gate.conditionType)).length}/${gates.length}`;
}

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  {
    head: 'READY',
    cell: (pod) => {
      const { ready, total } = summarizePod(pod);
      return `${ready}/${total}`;
    },
  },
  { head: 'STATUS', cell: (pod) => summarizePod(pod).status },
  { head: 'RESTARTS', cell: restartText },
  ageColumn,
  { head: 'IP', wide: true, cell: (pod) => pod.status?.podIP ?? NONE },
  { head: 'NODE', wide: true, cell: (pod) => pod.spec.nodeName ?? NONE },
  { head: 'NOMINATED NODE', wide: true, cell: (pod) => pod.status?.nominatedNodeName ?? NONE },
  { head: 'READINESS GATES', wide: true, cell: gateText },
];
