/** Environment variables and where they come from. */
import { has, itemsAt, recordAt, textAt } from '../fields.ts';
import { isObject, type JsonObject } from '../json.ts';
import { checkConfigKey, checkEnvName, checkLabel, checkQualifiedName, checkSubdomain } from '../name.ts';
import { compareQuantity } from '../quantity.ts';
import { checkVisible } from './path.ts';
import type { Report } from './report.ts';

/** Fields the downward API knows at all, and those whose parts can be named. */
const FIELDS = new Set([
  ...['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.host'],
  ...['spec.restartPolicy', 'spec.serviceAccountName', 'spec.schedulerName', 'status.phase', 'status.hostIP', 'status.hostIPs'],
  ...['status.podIP', 'status.podIPs'],
]);
const PARTED = ['metadata.annotations', 'metadata.labels'];
export const ENV_FIELDS = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs'],
  ...['status.podIP', 'status.podIPs'],
];
export const FILE_FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid'];

export const checkFieldRef = (ref: JsonObject, path: string, allowed: readonly string[], report: Report): void => {
  const field = textAt(ref, 'fieldPath');
  if (textAt(ref, 'apiVersion') === '') report.required(`${path}.apiVersion`);
  else if (textAt(ref, 'apiVersion') !== 'v1')
    report.invalid(`${path}.fieldPath`, field, `there is no apiVersion ${textAt(ref, 'apiVersion')} here`);
  else if (field === '') report.required(`${path}.fieldPath`);
  else checkFieldPath(field, path, allowed, report);
};

const checkFieldPath = (field: string, path: string, allowed: readonly string[], report: Report): void => {
  const parted = /^(.*)\['(.*)'\]$/s.exec(field);
  if (parted) {
    const [, whole = '', key = ''] = parted;
    if (!PARTED.includes(whole))
      report.invalid(`${path}.fieldPath`, field, "only metadata.labels['…'] and metadata.annotations['…'] have parts");
    else report.invalidAll(path, key, checkQualifiedName(whole === 'metadata.annotations' ? key.toLowerCase() : key));
  } else if (!FIELDS.has(field)) report.invalid(`${path}.fieldPath`, field, 'is not a field of a pod that can be read here');
  else if (!allowed.includes(field === 'spec.host' ? 'spec.nodeName' : field)) report.notSupported(`${path}.fieldPath`, field, allowed);
};

const CPU = ['1m', '1'];
const BYTES = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const RESOURCES = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [`limits.${name}`, `requests.${name}`]);

export const checkResourceFieldRef = (ref: JsonObject, path: string, inFile: boolean, report: Report): void => {
  const [resource, divisor] = [textAt(ref, 'resource'), textAt(ref, 'divisor')];
  if (inFile && textAt(ref, 'containerName') === '') report.required(`${path}.containerName`);
  if (resource === '') report.required(`${path}.resource`);
  else if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    report.notSupported(`${path}.resource`, resource, RESOURCES);
  else if (divisor !== '' && divisor !== '0') {
    const allowed = resource.endsWith('.cpu') ? CPU : BYTES;
    if (!allowed.some((text) => compareQuantity(text, divisor) === 0))
      report.invalid(`${path}.divisor`, divisor, `must be one of ${allowed.join(', ')}`);
  }
};

const checkKeyRef = (ref: JsonObject, path: string, report: Report): void => {
  const [name, key] = [textAt(ref, 'name'), textAt(ref, 'key')];
  report.invalidAll(`${path}.name`, name, name === '' ? ['must not be empty'] : checkSubdomain(name));
  if (key === '') report.required(`${path}.key`);
  else report.invalidAll(`${path}.key`, key, checkConfigKey(key));
};

export interface EnvContext {
  /** Volumes of the pod that are in order, by name. */
  volumes: ReadonlyMap<string, JsonObject>;
}

const checkFileKeyRef = (ref: JsonObject, path: string, { volumes }: EnvContext, report: Report): void => {
  const [volume, file, key] = [textAt(ref, 'volumeName'), textAt(ref, 'path'), textAt(ref, 'key')];
  if (key === '') report.required(`${path}.key`);
  else report.invalidAll(`${path}.key`, key, checkEnvName(key));
  if (volume === '') report.required(`${path}.volumeName`);
  else report.invalidAll(`${path}.volumeName`, volume, checkLabel(volume));
  if (file === '') report.required(`${path}.path`);
  else report.invalidAll(`${path}.path`, file, checkVisible(file));
  const found = volumes.get(volume);
  if (found === undefined) report.notFound(`${path}.volumeName`, volume, 'not in spec.volumes');
  else if (!has(found, 'emptyDir')) report.invalid(`${path}.volumeName`, volume, 'must be an emptyDir volume');
};

const checkValueFrom = (variable: JsonObject, path: string, context: EnvContext, report: Report): void => {
  const from = recordAt(variable, 'valueFrom') ?? {};
  const sources = Object.entries(from).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
  for (const [name, ref] of sources) {
    const at = `${path}.${name}`;
    if (name === 'fieldRef') checkFieldRef(ref, at, ENV_FIELDS, report);
    else if (name === 'resourceFieldRef') checkResourceFieldRef(ref, at, false, report);
    else if (name === 'fileKeyRef') checkFileKeyRef(ref, at, context, report);
    else if (name === 'configMapKeyRef' || name === 'secretKeyRef') checkKeyRef(ref, at, report);
  }
  if (sources.length === 0) report.invalid(path, '', 'must say where the value comes from');
  else if (textAt(variable, 'value') !== '') report.invalid(path, '', 'there is a value already');
  else if (sources.length > 1) report.invalid(path, '', 'only one source is allowed');
};

export const checkEnv = (container: JsonObject, path: string, context: EnvContext, report: Report): void => {
  for (const [i, variable] of itemsAt(container, 'env')) {
    const at = `${path}.env[${i}]`;
    const name = textAt(variable, 'name');
    if (name === '') report.required(`${at}.name`);
    else report.invalidAll(`${at}.name`, name, checkEnvName(name));
    if (isObject(variable['valueFrom'])) checkValueFrom(variable, `${at}.valueFrom`, context, report);
  }
};

export const checkEnvFrom = (container: JsonObject, path: string, report: Report): void => {
  for (const [i, source] of itemsAt(container, 'envFrom')) {
    const at = `${path}.envFrom[${i}]`;
    const prefix = textAt(source, 'prefix');
    if (prefix !== '') report.invalidAll(`${at}.prefix`, prefix, checkEnvName(prefix));
    const kinds = ['configMapRef', 'secretRef'].filter((kind) => isObject(source[kind]));
    for (const kind of kinds) {
      const name = textAt(recordAt(source, kind), 'name');
      if (name === '') report.required(`${at}.${kind}.name`);
      else report.invalidAll(`${at}.${kind}.name`, name, checkSubdomain(name));
    }
    report.at(at, () => {
      if (kinds.length === 0) report.invalid(`${path}.envFrom`, '', 'must name a configMapRef or a secretRef');
      else if (kinds.length > 1) report.invalid(`${path}.envFrom`, '', 'only one source is allowed');
    });
  }
};
