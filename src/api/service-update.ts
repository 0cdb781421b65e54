/** What a Service keeps of its former self in an update, and what it loses when its type changes. Pure. */
import { recordsAt, stringsAt, textAt } from './fields.ts';
import { type JsonObject, sameJson } from './json.ts';

const needsAddress = (spec: JsonObject) => ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(textAt(spec, 'type'));
const needsNodePort = (spec: JsonObject) =>
  textAt(spec, 'type') === 'NodePort' || (textAt(spec, 'type') === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);
const isBalancer = (spec: JsonObject) => textAt(spec, 'type') === 'LoadBalancer';
const needsHealthPort = (spec: JsonObject) => isBalancer(spec) && textAt(spec, 'externalTrafficPolicy') === 'Local';
const isExternal = (spec: JsonObject) => needsNodePort(spec) || stringsAt(spec, 'externalIPs').length > 0;

const sameNodePorts = (a: JsonObject, b: JsonObject) => {
  const numbers = (spec: JsonObject) => new Set(recordsAt(spec, 'ports').map((port) => port['nodePort'] ?? 0));
  return numbers(a).size === numbers(b).size && [...numbers(a)].every((n) => numbers(b).has(n));
};

/** A node port stays with its port number and protocol, unless the file gives it to another. */
const keepNodePorts = (before: JsonObject, after: JsonObject): JsonObject[] => {
  const taken = new Set(recordsAt(after, 'ports').map((port) => port['nodePort']));
  return recordsAt(after, 'ports').map((port) => {
    if (port['nodePort'] !== undefined) return port;
    const old = recordsAt(before, 'ports').find((p) => p['port'] === port['port'] && p['protocol'] === port['protocol']);
    const nodePort = old?.['nodePort'];
    return nodePort === undefined || taken.has(nodePort) ? port : { ...port, nodePort };
  });
};

/** Fields that need a property of the type: dropped when the type loses it and the file did not touch them. */
const DEPENDENT: readonly { fields: readonly string[]; needs: (spec: JsonObject) => boolean }[] = [
  { fields: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'], needs: needsAddress },
  { fields: ['healthCheckNodePort'], needs: needsHealthPort },
  { fields: ['allocateLoadBalancerNodePorts', 'loadBalancerClass'], needs: isBalancer },
  { fields: ['externalTrafficPolicy'], needs: isExternal },
];

const withoutNodePorts = (spec: JsonObject): JsonObject => ({
  ...spec,
  ports: recordsAt(spec, 'ports').map(({ nodePort: _, ...port }) => port),
});

/** `after`'s spec as the API server stores it; both with defaults. */
export const updatedServiceSpec = (before: JsonObject, after: JsonObject): JsonObject => {
  let spec: JsonObject = { ...after };
  if (needsAddress(before) && needsAddress(after))
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
      if (spec[field] === undefined && before[field] !== undefined) spec[field] = before[field];
  if (needsNodePort(before) && needsNodePort(after)) spec['ports'] = keepNodePorts(before, after);
  if (needsHealthPort(before) && needsHealthPort(after)) spec['healthCheckNodePort'] ??= before['healthCheckNodePort'];
  for (const { fields, needs } of DEPENDENT)
    if (needs(before) && !needs(after)) for (const field of fields) if (sameJson(before[field], after[field])) delete spec[field];
  if (needsNodePort(before) && !needsNodePort(after) && sameNodePorts(before, after)) spec = withoutNodePorts(spec);
  return spec;
};
