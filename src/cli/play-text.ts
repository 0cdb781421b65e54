/** What a play tells the person who started it. Pure. */
import { kindOf } from '../api/kinds.ts';
import type { Container, KubeObject, Play } from '../api/objects.ts';
import { ANY, ANY_IPV4, formatHostPort, publishedPorts } from '../network/published.ts';
import { workloadsOf } from '../preflight/workload.ts';
import { oneLine } from './escape.ts';

const MARKS = { Pending: '…', Started: '✔', Failed: '✘' } as const;

/** A line for each pod that is waited for, and one for what the play itself does. */
export function progressLines(play: Play, columns: number): string[] {
  const { status } = play;
  if (!status) return [];
  if (status.phase === 'Queued') return ['… another play is running, this one waits'];
  const pods = status.pods.map(({ name, state, detail }) => `${MARKS[state]} pod/${name}${detail === undefined ? '' : `  ${detail}`}`);
  const lines = status.phase === 'Undoing' ? [...pods, '… undoing'] : pods;
  return lines.map((line) => cut(oneLine(line), columns - 1));
}

const cut = (line: string, width: number): string => (line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`);

/** `deployment.apps/web created`, in the order of the objects. */
export const resultLines = (play: Play): string[] => (play.status?.results ?? []).map(({ object, action }) => `${object} ${action}`);

export const isOver = (play: Play): boolean => {
  const phase = play.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Undone';
};

/** Ports that usually speak HTTP. */
const WEB = new Set([80, 3000, 5000, 8000, 8080, 8888, 9090]);

/** `http://127.0.0.1:8080 → hello/web:80`, for each port that the objects open on this machine. */
export function addressLines(objects: readonly KubeObject[]): string[] {
  return workloadsOf(objects).flatMap(({ object, metadata, spec }) => {
    const name = object.metadata.name ?? '';
    return publishedPorts({ metadata: { name, ...metadata }, spec }).map((port) => {
      const container = spec.containers.find((c) => portOf(c, port.containerPort)) ?? spec.containers[0];
      const isWeb = WEB.has(port.containerPort) || (container && portOf(container, port.containerPort)?.name?.startsWith('http'));
      const address = formatHostPort({ hostIp: LOOPBACK[port.hostIp] ?? port.hostIp, hostPort: port.hostPort });
      return `${isWeb && port.protocol === 'TCP' ? 'http://' : ''}${address} → ${name}/${container?.name ?? ''}:${port.containerPort}`;
    });
  });
}

/** Where to reach what listens everywhere. */
const LOOPBACK: Readonly<Record<string, string>> = { [ANY_IPV4]: '127.0.0.1', [ANY]: '::1' };

const portOf = (container: Container, containerPort: number) => container.ports?.find((port) => port.containerPort === containerPort);

/** Only what says which object is meant. */
export const identityOf = ({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeObject => ({
  apiVersion,
  kind,
  metadata: {
    ...(name === undefined ? {} : { name }),
    ...(kindOf(apiVersion, kind)?.namespaced && namespace !== undefined ? { namespace } : {}),
  },
});
