/** Ports of this machine that pods ask for: can each be opened? Pure. */
import { resolveCount } from '../api/intstr.ts';
import { sameJson } from '../api/json.ts';
import type { Deployment, KubeObject, Pod } from '../api/objects.ts';
import { ANY, ANY_IPV4, formatHostPort, type HostPort, type PublishedPort, portsOverlap, publishedPorts } from '../network/published.ts';
import { type Finding, finding } from './finding.ts';
import { otherPods, type Workload, workloadsOf } from './workload.ts';
import type { World } from './world.ts';

const asPod = (workload: Workload): Pick<Pod, 'metadata' | 'spec'> => ({
  metadata: { ...workload.metadata, name: workload.metadata.name ?? '' },
  spec: workload.spec,
});

/** A pod with a network of its own is reached through a listener, which knows TCP only. */
export const unforwardable = (port: PublishedPort, hostNetwork: boolean | undefined): string | undefined =>
  hostNetwork || port.protocol === 'TCP' ? undefined : `host ports are opened for TCP only so far, not for ${port.protocol}`;

const isHere = (world: World, ip: string): boolean => ip === ANY || ip === ANY_IPV4 || ip.startsWith('127.') || world.hostAddresses.has(ip);

/** What is wrong with a port whoever else wants it. */
const alone = (workload: Workload, port: PublishedPort, world: World): string | undefined => {
  const refused = unforwardable(port, workload.spec.hostNetwork);
  if (refused) return refused;
  const start = world.unprivilegedPortStart;
  if (port.hostPort < start)
    return `ports below ${start} are reserved on this machine (use a higher one, or: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port.hostPort})`;
  if (!isHere(world, port.hostIp)) return `this machine has no address ${port.hostIp}`;
  if (!workload.spec.hostNetwork && !world.canPublish)
    return 'nothing is installed that opens host ports (sudo apt-get install systemd, or socat)';
  if (waitsForItself(workload, port, world))
    return 'the old pod keeps this port until the new one is ready, which needs it: set strategy.type to Recreate';
  if (workload.pods > 1) return `only one pod can open ${formatHostPort(port)}, and replicas is ${workload.pods}`;
  return undefined;
};

/** RollingUpdate makes the new pod first (unless one may be missing), and on one machine that one would wait for the port for ever. */
const waitsForItself = (workload: Workload, port: PublishedPort, world: World): boolean => {
  if (workload.object.kind !== 'Deployment') return false;
  const before = world.stored.find((o) => o.kind === 'Deployment' && o.metadata.uid !== undefined && sameName(o, workload.object));
  const { strategy } = (workload.object as unknown as Deployment).spec;
  if (!before || strategy?.type === 'Recreate') return false;
  if (resolveCount(strategy?.rollingUpdate?.maxUnavailable ?? '25%', workload.pods, 'down') > 0) return false;
  const [old] = workloadsOf([before]);
  if (!old || old.pods === 0 || sameJson([old.metadata, old.spec], [workload.metadata, workload.spec])) return false;
  return publishedPorts(asPod(old)).some((other) => portsOverlap(port, other));
};

const sameName = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.name === b.metadata.name && (a.metadata.namespace ?? 'default') === (b.metadata.namespace ?? 'default');

interface Holder {
  who: string;
  ports: readonly HostPort[];
}

const inTheWay = (port: PublishedPort, holders: readonly Holder[]): string | undefined =>
  holders.find((holder) => holder.ports.some((other) => portsOverlap(port, other)))?.who;

const where = (namespace: string | undefined) => (namespace === undefined || namespace === 'default' ? '' : ` of namespace ${namespace}`);

/** Those of other pods in the store, then what anybody else on this machine has open. */
const holdersIn = (objects: readonly KubeObject[], world: World): Holder[] => {
  const pods = otherPods(objects, world.stored).map((pod) => ({
    who: `is taken by pod ${pod.metadata.name}${where(pod.metadata.namespace)}`,
    ports: publishedPorts(pod),
  }));
  const ours = world.stored.filter((o) => o.kind === 'Pod').flatMap((o) => publishedPorts(o as unknown as Pod));
  const foreign = world.held
    .filter((held) => !ours.some((port) => portsOverlap(port, held)))
    .map((held) => ({ who: `is in use by ${held.holder}`, ports: [held] }));
  return [...pods, ...foreign];
};

export const portFindings = (workloads: readonly Workload[], objects: readonly KubeObject[], world: World): Finding[] => {
  const findings: Finding[] = [];
  const holders = holdersIn(objects, world);
  for (const workload of workloads) {
    const ports = workload.pods > 0 ? publishedPorts(asPod(workload)) : [];
    for (const port of ports) {
      const field = `${workload.at}${port.field}`;
      const fault = alone(workload, port, world);
      const who = inTheWay(port, holders);
      if (fault) findings.push(finding(workload, field, `${formatHostPort(port)}: ${fault}`));
      else if (who) findings.push(finding(workload, field, `${formatHostPort(port)} ${who}`));
    }
    holders.push({ who: `is also asked for by ${workload.name}${where(workload.namespace)} of this manifest`, ports });
  }
  return findings;
};
