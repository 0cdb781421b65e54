/** Services. */

import { has, itemsAt, numberAt, recordAt, stringsAt, textAt, wordsAt } from '../fields.ts';
import { ipFamily } from '../ip.ts';
import type { JsonObject } from '../json.ts';
import { checkLabel, checkPortNumber, checkQualifiedName, checkSubdomain } from '../name.ts';
import { checkLabels } from './meta.ts';
import { checkIp } from './pod-network.ts';
import { checkPort } from './probe.ts';
import type { Report } from './report.ts';
import { checkSourceRanges } from './source-ranges.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const DAY = 86_400;
const NODE_PORTS = { first: 30_000, last: 32_767 };

const isHeadless = (spec: JsonObject): boolean => textAt(spec, 'clusterIP') === 'None';

const checkNodePort = (port: JsonObject, type: string, taken: Set<string>, path: string, report: Report): void => {
  const node = numberAt(port, 'nodePort') ?? 0;
  const at = `${path}.nodePort`;
  if (node === 0) return;
  if (type === 'ClusterIP' || type === 'ExternalName') {
    report.forbidden(at, `not with type: ${type}`);
    return;
  }
  if (node < NODE_PORTS.first || node > NODE_PORTS.last)
    report.invalid(at, node, `must be between ${NODE_PORTS.first} and ${NODE_PORTS.last}`);
  const id = `${textAt(port, 'protocol')}/${node}`;
  if (taken.has(id)) report.invalid(at, node, 'is used by another port here');
  taken.add(id);
};

const checkServicePort = (port: JsonObject, names: Set<string>, nameless: boolean, path: string, report: Report): void => {
  const [name, number] = [textAt(port, 'name'), numberAt(port, 'port') ?? 0];
  if (name === '') {
    if (!nameless) report.required(`${path}.name`, 'when there are several ports');
  } else {
    report.invalidAll(`${path}.name`, name, checkLabel(name));
    if (names.has(name)) report.duplicate(`${path}.name`, name);
    names.add(name);
  }
  report.invalidAll(`${path}.port`, number, checkPortNumber(number));
  report.oneOf(`${path}.protocol`, port['protocol'], ['TCP', 'UDP', 'SCTP']);
  checkPort(port['targetPort'], `${path}.targetPort`, report);
  const protocol = textAt(port, 'appProtocol');
  if (has(port, 'appProtocol')) report.invalidAll(`${path}.appProtocol`, protocol, checkQualifiedName(protocol));
};

const checkPorts = (spec: JsonObject, type: string, report: Report): void => {
  const ports = itemsAt(spec, 'ports');
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') report.required('spec.ports');
  const [names, numbers, nodePorts] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const [i, port] of ports) {
    const at = `spec.ports[${i}]`;
    checkServicePort(port, names, ports.length === 1, at, report);
    const id = `${textAt(port, 'protocol')}/${numberAt(port, 'port')}`;
    if (numbers.has(id)) report.duplicate(at, id);
    numbers.add(id);
    checkNodePort(port, type, nodePorts, at, report);
  }
};

const checkAffinity = (spec: JsonObject, report: Report): void => {
  const affinity = textAt(spec, 'sessionAffinity');
  const config = recordAt(spec, 'sessionAffinityConfig');
  report.oneOf('spec.sessionAffinity', affinity, ['ClientIP', 'None']);
  if (affinity === 'None' && config) report.forbidden('spec.sessionAffinityConfig', 'not with sessionAffinity: None');
  if (affinity !== 'ClientIP') return;
  const seconds = numberAt(recordAt(config, 'clientIP'), 'timeoutSeconds');
  const at = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  if (seconds === undefined) report.required(at);
  else if (seconds <= 0 || seconds > DAY) report.invalid(at, seconds, `must be between 1 and ${DAY}`);
};

const SPECIAL = /^(127\.|169\.254\.|224\.0\.0\.|0\.0\.0\.0$|::1?$|fe[89ab][0-9a-f]:|ff02:)/i;

const checkClusterAddresses = (spec: JsonObject, report: Report): void => {
  const [first, all] = [textAt(spec, 'clusterIP'), stringsAt(spec, 'clusterIPs')];
  const at = 'spec.clusterIPs';
  if (first === '' && all.length > 0) report.invalid(at, all, 'must be empty when clusterIP is');
  if (first !== '' && all.length > 0 && all[0] !== first) report.invalid(at, all, 'the first one must be clusterIP');
  if (all.length > 1 && all.includes('None')) report.invalid(at, all, 'None stands alone');
  for (const [i, address] of all.entries())
    if (address !== 'None' && address !== '' && ipFamily(address) === 0) report.invalid(`${at}[${i}]`, address, 'is not an IP address');
  if (all.length > 2) report.invalid(at, all, 'at most 2');
  else if (all.length === 2 && all.every((a) => ipFamily(a) !== 0) && ipFamily(all[0] ?? '') === ipFamily(all[1] ?? ''))
    report.invalid(at, all, 'must be of different families');
};

const checkFamilies = (spec: JsonObject, type: string, report: Report): void => {
  if (type === 'ExternalName') return;
  const families = stringsAt(spec, 'ipFamilies');
  for (const [i, family] of families.entries()) {
    if (!['IPv4', 'IPv6'].includes(family)) report.notSupported(`spec.ipFamilies[${i}]`, family, ['IPv4', 'IPv6']);
    if (families.indexOf(family) < i) report.duplicate(`spec.ipFamilies[${i}]`, family);
  }
  const policy = spec['ipFamilyPolicy'];
  report.oneOf('spec.ipFamilyPolicy', policy, ['SingleStack', 'PreferDualStack', 'RequireDualStack'], false);
  const bare = isHeadless(spec) && Object.keys(wordsAt(spec, 'selector')).length === 0;
  if (policy === 'RequireDualStack' && !bare) report.invalid('spec.ipFamilyPolicy', policy, 'there are only IPv4 addresses here');
  if (!bare && families[0] === 'IPv6') report.invalid('spec.ipFamilies[0]', 'IPv6', 'there are only IPv4 addresses here');
};

const checkByType = (spec: JsonObject, type: string, report: Report): void => {
  report.oneOf('spec.type', type, TYPES);
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec))
    report.invalid('spec.clusterIPs[0]', 'None', `not with type: ${type}`);
  if (type !== 'ExternalName') return;
  const name = textAt(spec, 'externalName').replace(/\.$/, '');
  if (stringsAt(spec, 'clusterIPs').length > 0 || (textAt(spec, 'clusterIP') !== '' && !isHeadless(spec)))
    report.forbidden('spec.clusterIPs', 'not with type: ExternalName');
  if (name === '') report.required('spec.externalName');
  else report.invalidAll('spec.externalName', name, checkSubdomain(name));
};

const checkLoadBalancer = (spec: JsonObject, type: string, report: Report): void => {
  const isBalancer = type === 'LoadBalancer';
  if (isBalancer && !has(spec, 'allocateLoadBalancerNodePorts')) report.required('spec.allocateLoadBalancerNodePorts');
  if (!isBalancer && has(spec, 'allocateLoadBalancerNodePorts'))
    report.forbidden('spec.allocateLoadBalancerNodePorts', 'only with type: LoadBalancer');
  if (!has(spec, 'loadBalancerClass')) return;
  const name = textAt(spec, 'loadBalancerClass');
  if (isBalancer) report.invalidAll('spec.loadBalancerClass', name, checkQualifiedName(name));
  else report.forbidden('spec.loadBalancerClass', 'only with type: LoadBalancer');
};

const checkTraffic = (spec: JsonObject, type: string, report: Report): void => {
  const outside = type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && stringsAt(spec, 'externalIPs').length > 0);
  const external = textAt(spec, 'externalTrafficPolicy');
  const at = 'spec.externalTrafficPolicy';
  if (outside) report.oneOf(at, external, ['Cluster', 'Local'], type !== 'ClusterIP');
  else if (external !== '') report.invalid(at, external, 'only for Services that are reached from outside');
  const health = numberAt(spec, 'healthCheckNodePort') ?? 0;
  if (health !== 0 && !(type === 'LoadBalancer' && external === 'Local'))
    report.invalid('spec.healthCheckNodePort', health, 'only with type: LoadBalancer and externalTrafficPolicy: Local');
  report.oneOf('spec.internalTrafficPolicy', spec['internalTrafficPolicy'], ['Cluster', 'Local'], type !== 'ExternalName');
  if (has(spec, 'trafficDistribution'))
    report.oneOf('spec.trafficDistribution', spec['trafficDistribution'], ['PreferClose', 'PreferSameZone', 'PreferSameNode']);
};

const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';

const checkTopology = (service: JsonObject, report: Report): void => {
  const annotations = wordsAt(recordAt(service, 'metadata'), 'annotations');
  const [hints, mode] = [annotations[HINTS], annotations[MODE]];
  if (hints !== undefined && mode !== undefined && hints !== mode)
    report.invalid(`metadata.annotations[${MODE}]`, mode, `${HINTS} says ${hints}`);
};

export const checkService = (service: JsonObject, report: Report): void => {
  const spec = recordAt(service, 'spec') ?? {};
  const type = textAt(spec, 'type');
  checkTopology(service, report);
  checkByType(spec, type, report);
  checkPorts(spec, type, report);
  checkLabels(wordsAt(spec, 'selector'), 'spec.selector', report);
  checkAffinity(spec, report);
  checkClusterAddresses(spec, report);
  checkFamilies(spec, type, report);
  for (const [i, address] of stringsAt(spec, 'externalIPs').entries()) {
    const problems = checkIp(address);
    report.invalidAll(`spec.externalIPs[${i}]`, address, problems);
    if (problems.length === 0 && SPECIAL.test(address))
      report.invalid(`spec.externalIPs[${i}]`, address, 'is an address with a special meaning');
  }
  checkSourceRanges(service, spec, type, report);
  checkLoadBalancer(spec, type, report);
  checkTraffic(spec, type, report);
};
