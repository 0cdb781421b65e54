/** Ports of pods on this machine's addresses: read from specs and from `--publish`, compared with each other. Pure. */
import { isIP } from 'node:net';
import { PodsteadError } from '../api/errors.ts';
import type { Pod } from '../api/objects.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';
/** An address and port of this machine. */
export interface HostPort {
  /** Canonical; `0.0.0.0` is every IPv4 address, `::` every address. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly protocol: Protocol;
}
export interface PublishedPort extends HostPort {
  readonly containerPort: number;
  /** Where it stands: `spec.containers[0].ports[1].hostPort`; for a port that only `--publish` names, the annotation. */
  readonly field: string;
}
/** What `--publish` says. */
export type PublishRule = Omit<PublishedPort, 'field'>;

/** On a Pod (or a pod template): rules of `--publish`, separated by commas. */
export const PUBLISH_ANNOTATION = 'podstead.dev/publish';
const ANNOTATION_FIELD = `metadata.annotations[${PUBLISH_ANNOTATION}]`;
export const ANY_IPV4 = '0.0.0.0';
export const ANY = '::';

/** One spelling for one address: `::FFFF:127.0.0.1` is 127.0.0.1, `0:0::1` is ::1. undefined when it is no address. */
export const canonicalIp = (text: string): string | undefined => {
  const kind = isIP(text);
  if (kind === 4) return text;
  if (kind !== 6 || text.includes('%')) return undefined;
  const six = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(six);
  if (!mapped) return six;
  const [high, low] = [Number.parseInt(mapped[1] ?? '0', 16), Number.parseInt(mapped[2] ?? '0', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
};

/** `127.0.0.1:8080`, `[::1]:8080`: for people, for argv and for URLs. */
export const formatHostPort = (port: Pick<HostPort, 'hostIp' | 'hostPort'>): string =>
  port.hostIp.includes(':') ? `[${port.hostIp}]:${port.hostPort}` : `${port.hostIp}:${port.hostPort}`;

const meet = (a: string, b: string): boolean =>
  a === b || a === ANY || b === ANY || (a === ANY_IPV4 && !b.includes(':')) || (b === ANY_IPV4 && !a.includes(':'));

/** Could not both be open: same protocol and port, and an address in common. */
export const portsOverlap = (a: HostPort, b: HostPort): boolean =>
  a.hostPort === b.hostPort && a.protocol === b.protocol && meet(a.hostIp, b.hostIp);

const badPublish = (text: string, why: string) =>
  new PodsteadError('USAGE', `--publish ${text}: ${why}`, {
    remedy: 'write [HOSTIP:]HOSTPORT:CONTAINERPORT[/tcp], for example 8080:80 or 127.0.0.1:8000-8003:9000-9003',
  });

const ports = (text: string, whole: string): number[] => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!match || first < 1 || last > 65535 || last < first)
    throw badPublish(whole, `${JSON.stringify(text)} is neither a port nor a range of ports`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
};

/** One `--publish` value; a range gives several rules. Throws USAGE. */
export const parsePublish = (text: string): PublishRule[] => {
  const [, address, host, container, protocol = 'tcp'] = /^(?:(\[[^\]]*\]|[^:/]*):)?([^:/]+):([^:/]+)(?:\/(\w+))?$/.exec(text) ?? [];
  if (host === undefined || container === undefined) throw badPublish(text, 'the host port or the container port is missing');
  if (!/^(tcp|udp|sctp)$/i.test(protocol)) throw badPublish(text, `${JSON.stringify(protocol)} is not a protocol`);
  const hostIp = address ? canonicalIp(address.replace(/^\[|\]$/g, '')) : ANY_IPV4;
  if (hostIp === undefined) throw badPublish(text, `${JSON.stringify(address)} is not an IP address`);
  const [hosts, containers] = [ports(host, text), ports(container, text)];
  if (hosts.length !== containers.length) throw badPublish(text, 'the two ranges differ in length');
  return hosts.map((hostPort, i) => ({
    hostIp,
    hostPort,
    containerPort: containers[i] ?? 0,
    protocol: protocol.toUpperCase() as Protocol,
  }));
};

/** Text for the annotation. */
export const formatPublish = (rules: readonly PublishRule[]): string =>
  rules.map((rule) => `${formatHostPort(rule)}:${rule.containerPort}/${rule.protocol.toLowerCase()}`).join(',');

const rulesOf = (pod: Pick<Pod, 'metadata'>): PublishRule[] => {
  const text = pod.metadata.annotations?.[PUBLISH_ANNOTATION];
  return text ? text.split(',').flatMap(parsePublish) : [];
};

const declared = (pod: Pick<Pod, 'spec'>): PublishedPort[] => {
  const { hostNetwork, containers, initContainers = [] } = pod.spec;
  const lists = [
    ...containers.map((container, i) => ({ container, at: `spec.containers[${i}]` })),
    ...initContainers
      .map((container, i) => ({ container, at: `spec.initContainers[${i}]` }))
      .filter((c) => c.container.restartPolicy === 'Always'),
  ];
  return lists.flatMap(({ container, at }) =>
    (container.ports ?? []).flatMap((port, i): PublishedPort[] => {
      const hostPort = port.hostPort || (hostNetwork ? port.containerPort : 0);
      if (hostPort === 0) return [];
      const { containerPort, protocol = 'TCP' } = port;
      // an address that validation has not seen stays as it is: it will be refused there
      const hostIp = port.hostIP ? (canonicalIp(port.hostIP) ?? port.hostIP) : ANY_IPV4;
      return [{ hostIp, hostPort, containerPort, protocol: protocol as Protocol, field: `${at}.ports[${i}].hostPort` }];
    }),
  );
};

/**
 * The ports a pod asks for on this machine; a rule of `--publish` takes the place of what the spec says for its container port.
 * Throws USAGE when the annotation is garbage.
 */
export const publishedPorts = (pod: Pick<Pod, 'metadata' | 'spec'>): PublishedPort[] => {
  const rules = rulesOf(pod);
  const covered = (port: PublishedPort) =>
    rules.some((rule) => rule.containerPort === port.containerPort && rule.protocol === port.protocol);
  const places = new Map(declaredPlaces(pod));
  const fromRules = rules.map((rule) => ({ ...rule, field: places.get(`${rule.containerPort}/${rule.protocol}`) ?? ANNOTATION_FIELD }));
  return [...declared(pod).filter((port) => !covered(port)), ...fromRules];
};

const declaredPlaces = (pod: Pick<Pod, 'spec'>): [string, string][] =>
  pod.spec.containers.flatMap((container, c) =>
    (container.ports ?? []).map((port, i): [string, string] => [
      `${port.containerPort}/${port.protocol ?? 'TCP'}`,
      `spec.containers[${c}].ports[${i}]`,
    ]),
  );
