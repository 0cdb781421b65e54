/** /etc/resolv.conf of a pod, as the kubelet and containerd write it. Pure. */
import type { PodSpec } from '../api/objects.ts';

export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5`, `rotate` */
  readonly options: readonly string[];
}

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_LENGTH = 2048;

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];
const nameOf = (option: string): string => option.split(':', 1)[0] ?? option;

/** Of several `search` lines the last counts, of an option given twice the later one. */
export const parseResolvConf = (text: string): ResolvConf => {
  const nameservers: string[] = [];
  let searches: string[] = [];
  const options = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [word, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && values[0] !== undefined) nameservers.push(values[0]);
    if (word === 'search') searches = values.map((domain) => (domain === '.' ? domain : domain.replace(/\.$/, '')));
    if (word === 'options') for (const option of values) options.set(nameOf(option), option);
  }
  return { nameservers, searches, options: [...options.values()] };
};

export const formatResolvConf = (conf: ResolvConf): string => {
  const search = conf.searches.length > 0 ? `search ${conf.searches.join(' ')}\n` : '';
  const servers = conf.nameservers.map((server) => `nameserver ${server}\n`).join('');
  return `${search}${servers}${conf.options.length > 0 ? `options ${conf.options.join(' ')}\n` : ''}`;
};

export interface ResolvInput {
  spec: Pick<PodSpec, 'dnsPolicy' | 'dnsConfig' | 'hostNetwork'>;
  namespace: string;
  /** Text of the host's /etc/resolv.conf. */
  host: string;
  /** Address of the name server for pods: the bridge. */
  server: string;
  /** `cluster.local` */
  domain: string;
}

export interface PodResolv {
  text: string;
  /** What had to be left out, as text for DNSConfigForming events. */
  warnings: string[];
}

/** A pod cannot reach the host's loopback (a stub resolver's 127.0.0.53), nor, so far, IPv6. */
const reachable = (server: string) => !server.startsWith('127.') && !server.includes(':');

/** The host's servers as a pod in its own network can use them: ours, which forwards to the host's, takes the place of the others. */
const hostServers = (input: ResolvInput, host: ResolvConf): string[] => {
  if (input.spec.hostNetwork) return [...host.nameservers];
  const servers = unique(host.nameservers.map((server) => (reachable(server) ? server : input.server)));
  return servers.length > 0 ? servers : [input.server];
};

const base = (input: ResolvInput, host: ResolvConf, warnings: string[]): ResolvConf => {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = input.spec;
  if (dnsPolicy === 'None') return { nameservers: [], searches: [], options: [] };
  const ofHost = { ...host, nameservers: hostServers(input, host) };
  if (dnsPolicy === 'Default' || (dnsPolicy === 'ClusterFirst' && hostNetwork)) return ofHost;
  if (hostNetwork) {
    warnings.push("the name server for pods cannot be reached from the host's network: falling back to DNS policy Default");
    return ofHost;
  }
  const { namespace, domain } = input;
  const own = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return { nameservers: [input.server], searches: unique([...own, ...host.searches]), options: ['ndots:5'] };
};

const withConfig = (conf: ResolvConf, config: PodSpec['dnsConfig']): ResolvConf => {
  if (!config) return conf;
  const options = new Map(conf.options.map((option) => [nameOf(option), option]));
  for (const { name = '', value } of config.options ?? [])
    options.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  return {
    nameservers: unique([...conf.nameservers, ...(config.nameservers ?? [])]),
    searches: unique([...conf.searches, ...(config.searches ?? [])]),
    options: [...options.values()],
  };
};

/** As many whole domains as fit. */
const fitSearches = (searches: readonly string[]): string[] => {
  const kept = searches.slice(0, MAX_SEARCHES);
  while (kept.join(' ').length > MAX_SEARCH_LENGTH) kept.pop();
  return kept;
};

const limited = (conf: ResolvConf, warnings: string[]): ResolvConf => {
  const nameservers = conf.nameservers.slice(0, MAX_NAMESERVERS);
  const searches = fitSearches(conf.searches);
  const left = 'limits were exceeded, some';
  if (searches.length < conf.searches.length)
    warnings.push(`Search Line ${left} search paths have been omitted, the applied search line is: ${searches.join(' ')}`);
  if (nameservers.length < conf.nameservers.length)
    warnings.push(`Nameserver ${left} nameservers have been omitted, the applied nameserver line is: ${nameservers.join(' ')}`);
  return { nameservers, searches, options: conf.options };
};

export const podResolvConf = (input: ResolvInput): PodResolv => {
  const warnings: string[] = [];
  const conf = withConfig(base(input, parseResolvConf(input.host), warnings), input.spec.dnsConfig);
  return { text: formatResolvConf(limited(conf, warnings)), warnings };
};
