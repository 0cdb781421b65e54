/**
 * Writes src/api/structure.json and src/api/documentation.json from the models of the official client.
 *   node tools/generate-structure.ts [--check]      --check: fail if the files are not what would be written
 * structure.json: `kinds`: "apiVersion Kind" → type; `types`: type → field → code. Codes are read in src/api/structure.ts.
 * documentation.json: type → field → first sentence of its documentation ('' for the type itself).
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const ROOT = new URL('..', import.meta.url);
const MODELS = new URL('node_modules/@kubernetes/client-node/dist/gen/models/', ROOT);

const KINDS: Readonly<Record<string, string>> = {
  'v1 Namespace': 'V1Namespace',
  'v1 Pod': 'V1Pod',
  'v1 ConfigMap': 'V1ConfigMap',
  'v1 Secret': 'V1Secret',
  'v1 PersistentVolumeClaim': 'V1PersistentVolumeClaim',
  'v1 Service': 'V1Service',
  'v1 Event': 'CoreV1Event',
  'apps/v1 Deployment': 'V1Deployment',
  'apps/v1 ReplicaSet': 'V1ReplicaSet',
};

const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Maps of quantities, and single quantities: the client's types call them strings. */
const QUANTITY = words(`limits requests overhead capacity allocatable allocatedResources default defaultRequest hard used max min
  maxLimitRequestRatio podFixed sizeLimit divisor`);

/**
 * Whether the API tells "zero" from "not set" is not in the models. Strings, booleans: it does for these fields only
 * (`Type.field` or `field`); numbers: for all but these.
 */
const KEPT_STRINGS = words(`runtimeClassName preemptionPolicy storageClassName volumeAttributesClassName procMount fsGroupChangePolicy
  seLinuxChangePolicy supplementalGroupsPolicy mountPropagation recursiveReadOnly apiGroup hostnameOverride resourceClaimName
  resourceClaimTemplateName runAsUserName gmsaCredentialSpecName gmsaCredentialSpec V1GRPCAction.service localhostProfile
  loadBalancerClass appProtocol ipFamilyPolicy internalTrafficPolicy V1HostPathVolumeSource.type V1AzureDiskVolumeSource.cachingMode
  V1AzureDiskVolumeSource.fsType V1AzureDiskVolumeSource.kind V1CSIVolumeSource.fsType V1Container.restartPolicy
  nodeAffinityPolicy nodeTaintsPolicy stopSignal V1PodDNSConfigOption.value V1ClusterTrustBundleProjection.name
  V1ClusterTrustBundleProjection.signerName V1TypedObjectReference.namespace volumeMode trafficDistribution`);
const KEPT_BOOLEANS = words(`immutable allowPrivilegeEscalation privileged readOnlyRootFilesystem runAsNonRoot optional
  automountServiceAccountToken enableServiceLinks setHostnameAsFQDN shareProcessNamespace hostUsers hostProcess controller
  blockOwnerDeletion V1AzureDiskVolumeSource.readOnly V1CSIVolumeSource.readOnly allocateLoadBalancerNodePorts suspend started
  orphanDependents`);
const DROPPED_NUMBERS = words(`initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold hostPort
  minReadySeconds nodePort healthCheckNodePort V1GCEPersistentDiskVolumeSource.partition
  V1AWSElasticBlockStoreVolumeSource.partition generation observedGeneration readyReplicas availableReplicas updatedReplicas
  unavailableReplicas V1DeploymentStatus.replicas count`);
/** V1ClientIPConfig.timeoutSeconds is a pointer, Probe's is not. */
const KEPT_NUMBERS = words('V1ClientIPConfig.timeoutSeconds');

interface Attribute {
  name: string;
  baseName: string;
  type: string;
  format: string;
}

const attributesOf = (model: string): Attribute[] => {
  const text = readFileSync(new URL(`${model}.js`, MODELS), 'utf8');
  const match = /\.attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(text);
  return match ? (JSON.parse(match[1] ?? '[]') as Attribute[]) : [];
};

const firstSentence = (comment: string): string => {
  const text = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, ''))
    .join(' ')
    .replace(/\\(['"])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  const end = /[.:](?= [A-Z]|$)/.exec(text);
  return (end ? text.slice(0, end.index) : text).slice(0, 240);
};

interface Declared {
  required: Set<string>;
  documentation: Record<string, string>;
}
const declarationOf = (model: string): Declared => {
  const text = readFileSync(new URL(`${model}.d.ts`, MODELS), 'utf8');
  const required = new Set<string>();
  const documentation: Record<string, string> = {};
  const whole = /\/\*\*\n([^/]*)\*\/\nexport declare class/.exec(text);
  documentation[''] = firstSentence(whole?.[1] ?? '');
  for (const match of text.matchAll(/\/\*\*\n((?:(?!\*\/)[\s\S])*)\*\/\n\s*'([^']+)'(\??):/g)) {
    const field = (match[2] ?? '').replace(/^_/, '');
    if (match[3] === '') required.add(field);
    documentation[field] = firstSentence(match[1] ?? '');
  }
  return { required, documentation };
};

const named = (set: Set<string>, model: string, field: string) => set.has(field) || set.has(`${model}.${field}`);

const scalarCode = (model: string, { baseName: field, type, format }: Attribute): string | undefined => {
  if (type === 'string' && format === 'byte') return 'y';
  if (type === 'string' && QUANTITY.has(field)) return 'q';
  if (type === 'string') return named(KEPT_STRINGS, model, field) ? 's' : 's-';
  if (type === 'boolean') return named(KEPT_BOOLEANS, model, field) ? 'b' : 'b-';
  if (type === 'number') {
    const code = format === 'double' ? 'f' : format === 'int64' ? 'I' : 'i';
    return named(DROPPED_NUMBERS, model, field) && !named(KEPT_NUMBERS, model, field) ? `${code}-` : code;
  }
  return { IntOrString: 'x', Date: 't', V1MicroTime: 'T', any: 'o', object: 'o' }[type];
};

const codeOf = (model: string, attribute: Attribute): string => {
  const scalar = scalarCode(model, attribute);
  if (scalar !== undefined) return scalar;
  const inner = (type: string) => codeOf(model, { ...attribute, type }).replace(/-$/, '');
  const list = /^Array<(.*)>$/.exec(attribute.type);
  if (list) return `[${inner(list[1] ?? '')}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(attribute.type);
  if (map) return `{${inner(map[1] ?? '')}`;
  return `@${attribute.type}`;
};

const short = (model: string) => model.replace(/^(?:Core)?V1(?=[A-Z])/, '');

const types: Record<string, Record<string, string>> = {};
const documentation: Record<string, Record<string, string>> = {};

const visit = (model: string): void => {
  const name = short(model);
  if (types[name] !== undefined) return;
  const fields: Record<string, string> = {};
  types[name] = fields;
  const declared = declarationOf(model);
  documentation[name] = declared.documentation;
  for (const attribute of attributesOf(model)) {
    const code = codeOf(model, attribute);
    const at = code.indexOf('@');
    const target = at < 0 ? undefined : code.slice(at + 1);
    const required = declared.required.has(attribute.name.replace(/^_/, ''));
    fields[attribute.baseName] = `${target === undefined ? code : `${code.slice(0, at + 1)}${short(target)}`}${required ? '!' : ''}`;
    if (target !== undefined) visit(target);
  }
};

for (const model of Object.values(KINDS)) visit(model);
const kinds = Object.fromEntries(Object.entries(KINDS).map(([kind, model]) => [kind, short(model)]));

const outputs: [string, unknown][] = [
  ['src/api/structure.json', { kinds, types }],
  ['src/api/documentation.json', documentation],
];
const formatted = (file: string, value: unknown): string =>
  execFileSync(new URL('node_modules/.bin/biome', ROOT).pathname, ['format', `--stdin-file-path=${file}`], {
    input: JSON.stringify(value, null, 2),
    encoding: 'utf8',
    cwd: ROOT.pathname,
    maxBuffer: 1 << 26,
  });
for (const [file, value] of outputs) {
  const text = formatted(file, value);
  const target = new URL(file, ROOT);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) throw new Error(`${file} is out of date: node tools/generate-structure.ts`);
}
