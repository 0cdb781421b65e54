/** The environment of a container, and its command with the references in it resolved. Pure. */
import { expand } from '../api/expansion.ts';
import type { ConfigMap, Container, EnvVar, Secret } from '../api/objects.ts';
import { fieldValue, type PodFacts, resourceValue } from './downward.ts';

export interface EnvInput extends PodFacts {
  container: Container;
  /** By name, of the pod's namespace. */
  configMaps: ReadonlyMap<string, ConfigMap>;
  secrets: ReadonlyMap<string, Secret>;
  serviceEnv: ReadonlyMap<string, string>;
}

export interface ContainerEnv {
  /** In order, each name once. What the image, HOSTNAME and PATH add lies below these. */
  env: [string, string][];
  command: string[];
  args: string[];
  events: { type: 'Warning'; reason: 'InvalidEnvironmentVariableNames'; message: string }[];
}
export interface EnvFault {
  reason: 'CreateContainerConfigError';
  message: string;
}

/** Throws nothing: a fault is data. */
export function containerEnv(input: EnvInput): ContainerEnv | EnvFault {
  const values = new Map<string, string>();
  const events: ContainerEnv['events'] = [];
  for (const source of input.container.envFrom ?? []) {
    const found = sourceData(source, input);
    if ('fault' in found) return configError(found.fault);
    const skipped = addAll(values, found.data, source.prefix ?? '');
    if (skipped.length > 0) events.push(invalidNames(skipped, found.what, input));
  }
  for (const variable of input.container.env ?? []) {
    const found = variableValue(variable, values, input);
    if (found === 'unset') continue;
    if ('fault' in found) return configError(found.fault);
    values.set(variable.name, found.value);
  }
  for (const [name, value] of input.serviceEnv) if (!values.has(name)) values.set(name, value);
  const expanded = (texts: readonly string[] | undefined) => (texts ?? []).map((text) => expand(text, values));
  return { env: [...values], command: expanded(input.container.command), args: expanded(input.container.args), events };
}

const configError = (message: string): EnvFault => ({ reason: 'CreateContainerConfigError', message });

/** Bytes of a Secret's value as text. */
const decode = (base64: string): string => new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));

const decoded = (data: { [key: string]: string } | undefined): [string, string][] =>
  Object.entries(data ?? {}).map(([key, value]) => [key, decode(value)]);

type EnvSource = NonNullable<Container['envFrom']>[number];
type SourceData = { what: string; data: [string, string][] } | { fault: string };

function sourceData(source: EnvSource, { configMaps, secrets, pod }: EnvInput): SourceData {
  const namespace = pod.metadata.namespace ?? 'default';
  const ref = source.configMapRef ?? source.secretRef;
  const name = ref?.name ?? '';
  const kind = source.configMapRef ? 'configmap' : 'secret';
  const what = `${source.configMapRef ? 'ConfigMap' : 'Secret'} ${namespace}/${name}`;
  const data = source.configMapRef ? configMaps.get(name)?.data : decodedSecret(secrets.get(name));
  const present = source.configMapRef ? configMaps.has(name) : secrets.has(name);
  if (!present) return ref === undefined || ref.optional ? { what, data: [] } : { fault: `${kind} "${name}" not found` };
  return { what, data: Object.entries(data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)) };
}

const decodedSecret = (secret: Secret | undefined): { [key: string]: string } => Object.fromEntries(decoded(secret?.data));

/** Any printable ASCII but `=`, as Kubernetes takes it since 1.34. */
const isName = (name: string): boolean => /^[\x20-\x3c\x3e-\x7e]+$/.test(name);

function addAll(values: Map<string, string>, data: readonly [string, string][], prefix: string): string[] {
  const skipped: string[] = [];
  for (const [key, value] of data) {
    if (isName(prefix + key)) values.set(prefix + key, value);
    else skipped.push(prefix + key);
  }
  return skipped;
}

const invalidNames = (keys: readonly string[], what: string, { pod }: EnvInput): ContainerEnv['events'][number] => ({
  type: 'Warning',
  reason: 'InvalidEnvironmentVariableNames',
  message: `Keys [${keys.join(', ')}] from the EnvFrom ${what} were skipped since they are considered invalid environment variable names. (pod ${pod.metadata.name})`,
});

type Value = { value: string } | { fault: string } | 'unset';

function variableValue(variable: EnvVar, defined: ReadonlyMap<string, string>, input: EnvInput): Value {
  const from = variable.valueFrom;
  if (variable.value || from === undefined) {
    const known = new Map([...input.serviceEnv, ...defined]);
    return { value: expand(variable.value ?? '', known) };
  }
  if (from.fieldRef) return fieldValue(from.fieldRef.fieldPath, input);
  if (from.resourceFieldRef) return resourceValue(from.resourceFieldRef, input, input.container);
  const namespace = input.pod.metadata.namespace ?? 'default';
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const object = input.configMaps.get(name);
    return keyValue(object && { ...object.data }, { kind: 'configmap', title: 'ConfigMap', namespace, name, key, optional });
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const object = input.secrets.get(name);
    return keyValue(object && decodedSecret(object), { kind: 'secret', title: 'Secret', namespace, name, key, optional });
  }
  return { fault: `environment variable ${variable.name}: this source is not supported` };
}

interface KeyRef {
  kind: string;
  title: string;
  namespace: string;
  name: string;
  key: string;
  optional: boolean | undefined;
}

function keyValue(data: { [key: string]: string } | undefined, ref: KeyRef): Value {
  const value = data && Object.hasOwn(data, ref.key) ? data[ref.key] : undefined;
  if (value !== undefined) return { value };
  if (ref.optional) return 'unset';
  if (data === undefined) return { fault: `${ref.kind} "${ref.name}" not found` };
  return { fault: `couldn't find key ${ref.key} in ${ref.title} ${ref.namespace}/${ref.name}` };
}
