/** Defaults of Services on a node with IPv4 addresses only. */
import { recordsAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { ensureRecord, setDefault } from './set.ts';

const THREE_HOURS = 10_800;

const defaultAffinity = (spec: JsonObject): void => {
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig'];
  if (spec['sessionAffinity'] !== 'ClientIP') return;
  setDefault(ensureRecord(ensureRecord(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds', THREE_HOURS);
};

const defaultFamilies = (spec: JsonObject): void => {
  const headless = textAt(spec, 'clusterIP') === 'None';
  const bare = headless && Object.keys(wordsAt(spec, 'selector')).length === 0;
  if (bare) setDefault(spec, 'ipFamilyPolicy', 'RequireDualStack');
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
  const families = Array.isArray(spec['ipFamilies']) ? [...spec['ipFamilies']] : ['IPv4'];
  const policy = spec['ipFamilyPolicy'];
  const dual = bare && (policy === 'RequireDualStack' || policy === 'PreferDualStack');
  if (dual && families.length === 1) families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
  spec['ipFamilies'] = families;
};

const defaultAddress = (spec: JsonObject): void => {
  if (typeof spec['clusterIP'] === 'string') setDefault(spec, 'clusterIPs', [spec['clusterIP']]);
};

export const defaultService = (spec: JsonObject): void => {
  setDefault(spec, 'type', 'ClusterIP');
  defaultAffinity(spec);
  const type = spec['type'];
  for (const port of recordsAt(spec, 'ports')) {
    setDefault(port, 'protocol', 'TCP');
    if (port['targetPort'] === undefined || port['targetPort'] === 0 || port['targetPort'] === '') port['targetPort'] = port['port'];
  }
  if (type === 'NodePort' || type === 'LoadBalancer') setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  if (type === 'ExternalName') return;
  setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  defaultAddress(spec);
  defaultFamilies(spec);
};
