/** A pod's host name and /etc/hosts, as the kubelet writes them. Pure. */
import type { PodSpec } from '../api/objects.ts';

export interface PodHostname {
  /** What `hostname` prints: the kernel's name. */
  kernel: string;
  /** First label. */
  hostname: string;
  /** `subdomain.ns.svc.cluster.local`; absent without a subdomain. */
  domain?: string;
}

export interface HostnameInput {
  spec: Pick<PodSpec, 'hostname' | 'hostnameOverride' | 'subdomain' | 'setHostnameAsFQDN' | 'hostNetwork'>;
  pod: string;
  namespace: string;
  domain: string;
  /** The machine's name. */
  node: string;
}

const LABEL = 63;
/** The kernel's limit. */
const KERNEL = 64;

const cut = (name: string): string => name.slice(0, LABEL).replace(/[-.]+$/, '');

/** A host name, or why there is none: text for a FailedCreatePodSandBox event. */
export const podHostname = (input: HostnameInput): PodHostname | { fault: string } => {
  const { spec, namespace } = input;
  if (spec.hostNetwork) return { kernel: input.node, hostname: input.node };
  if (spec.hostnameOverride) return { kernel: spec.hostnameOverride, hostname: spec.hostnameOverride };
  const hostname = spec.hostname || cut(input.pod);
  if (!spec.subdomain) return { kernel: hostname, hostname };
  const domain = `${spec.subdomain}.${namespace}.svc.${input.domain}`;
  const full = `${hostname}.${domain}`;
  if (!spec.setHostnameAsFQDN) return { kernel: hostname, hostname, domain };
  if (full.length > KERNEL)
    return {
      fault: `Failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (64 characters is the max, ${full.length} characters requested)`,
    };
  return { kernel: full, hostname, domain };
};

export interface HostsInput {
  hostname: string;
  domain?: string | undefined;
  /** The pod's own addresses; none with hostNetwork. */
  addresses: readonly string[];
  hostAliases?: PodSpec['hostAliases'];
  /** Text of the machine's /etc/hosts: with hostNetwork the pod gets that. */
  node?: string | undefined;
}

const LOCAL = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

const aliases = (list: PodSpec['hostAliases']): string => {
  if (!list || list.length === 0) return '';
  const lines = list.map((alias) => `${[alias.ip, ...(alias.hostnames ?? [])].join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
};

export const etcHosts = (input: HostsInput): string => {
  if (input.node !== undefined) return `# Kubernetes-managed hosts file (host network).\n${input.node}${aliases(input.hostAliases)}`;
  const names = input.domain === undefined ? input.hostname : `${input.hostname}.${input.domain}\t${input.hostname}`;
  const own = input.addresses.map((address) => `${address}\t${names}\n`).join('');
  return `# Kubernetes-managed hosts file.\n${LOCAL}${own}${aliases(input.hostAliases)}`;
};
