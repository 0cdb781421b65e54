/** Containers as docker and podman list them, from pods. Pure. */
import type { Container, ContainerState, ContainerStatus, Pod } from '../api/objects.ts';
import { spokenDuration } from './duration.ts';
import { STOPPED } from './stopped.ts';

export interface ContainerRow {
  /** Full; empty before the container was made. */
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly kind: 'init' | 'app';
  readonly image: string;
  readonly imageId: string;
  /** As the pod says; empty: the image decides. */
  readonly command: readonly string[];
  readonly state: 'running' | 'exited' | 'created';
  /** RFC 3339; of the pod before its container was made. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  /** Why it waits. */
  readonly reason?: string;
  readonly restarts: number;
  readonly ports: readonly { hostIp: string; hostPort: number; containerPort: number; protocol: string }[];
  readonly labels: Readonly<Record<string, string>>;
}

export const containerName = (row: Pick<ContainerRow, 'pod' | 'container'>): string => `${row.pod}-${row.container}`;

export type PublishedPorts = (pod: Pod) => ContainerRow['ports'];

/** Every container of the pods, in the pods' order: init containers that were made, then the others. */
export function containerRows(pods: readonly Pod[], published: PublishedPorts): ContainerRow[] {
  return pods.flatMap((pod) => {
    const ports = published(pod);
    const rows = (containers: readonly Container[], statuses: readonly ContainerStatus[], kind: 'init' | 'app') =>
      containers.map((container) =>
        rowOf(
          pod,
          container,
          statuses.find((s) => s.name === container.name),
          kind,
          ports,
        ),
      );
    const inits = rows(pod.spec.initContainers ?? [], pod.status?.initContainerStatuses ?? [], 'init').filter((row) => row.id !== '');
    return [...inits, ...rows(pod.spec.containers, pod.status?.containerStatuses ?? [], 'app')];
  });
}

function rowOf(
  pod: Pod,
  container: Container,
  status: ContainerStatus | undefined,
  kind: 'init' | 'app',
  ports: ContainerRow['ports'],
): ContainerRow {
  const made = status?.state?.running ?? status?.state?.terminated ?? status?.lastState?.terminated;
  return {
    id: (status?.containerID ?? '').replace(/^.*:\/\//, ''),
    namespace: pod.metadata.namespace ?? 'default',
    pod: pod.metadata.name,
    podUid: pod.metadata.uid ?? '',
    container: container.name,
    kind,
    image: status?.image || container.image || '',
    imageId: status?.imageID ?? '',
    command: [...(container.command ?? []), ...(container.args ?? [])],
    createdAt: made?.startedAt ?? pod.metadata.creationTimestamp ?? '',
    restarts: status?.restartCount ?? 0,
    ports,
    labels: pod.metadata.labels ?? {},
    ...stateOf(status?.state, status?.lastState),
  };
}

function stateOf(state: ContainerState | undefined, last: ContainerState | undefined) {
  if (state?.running) return { state: 'running' as const, startedAt: state.running.startedAt ?? '' };
  const end = state?.terminated ?? last?.terminated;
  const reason = state?.waiting?.reason;
  const why = reason === undefined ? {} : { reason };
  if (!end) return { state: reason === STOPPED ? ('exited' as const) : ('created' as const), ...why };
  const { startedAt = '', finishedAt = '', exitCode } = end;
  return { state: 'exited' as const, startedAt, finishedAt, exitCode, ...why };
}

/** `Up 2 minutes`, `Exited (0) 3 seconds ago`, `Created` */
export function statusText(row: ContainerRow, now: Date): string {
  const ago = (time: string | undefined) => spokenDuration(now.getTime() - Date.parse(time ?? ''));
  const why = row.reason === undefined ? '' : ` (${row.reason})`;
  if (row.state === 'running') return `Up ${ago(row.startedAt)}`;
  if (row.reason === STOPPED) return STOPPED;
  if (row.state === 'created') return `Created${why}`;
  return `Exited (${row.exitCode ?? 0}) ${ago(row.finishedAt)} ago${why}`;
}

export const portsText = (row: ContainerRow): string =>
  row.ports
    .map((p) => `${p.hostIp.includes(':') ? `[${p.hostIp}]` : p.hostIp}:${p.hostPort}->${p.containerPort}/${p.protocol.toLowerCase()}`)
    .join(', ');

/** As docker and podman show it: words with blanks between, cut to fit a table. */
export function commandText(words: readonly string[], limit: number | undefined): string {
  const text = words.join(' ');
  return limit === undefined || text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
