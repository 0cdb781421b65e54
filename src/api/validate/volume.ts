/** The volumes of a pod. */
import { has, itemsAt, numberAt, recordAt, recordsAt, textAt, wordsAt } from '../fields.ts';
import { isObject, type JsonObject } from '../json.ts';
import { checkLabel } from '../name.ts';
import { tryQuantity } from '../quantity.ts';
import { checkClaimSpec } from './claim.ts';
import { checkFieldRef, checkResourceFieldRef, FILE_FIELDS } from './env.ts';
import { checkAnnotations, checkLabels } from './meta.ts';
import { checkMode, checkNoBacksteps, checkVisible } from './path.ts';
import { Report } from './report.ts';
import { SERVER_NAMES, STORAGE_SOURCES } from './volume-source.ts';

type Check = (source: JsonObject, path: string, report: Report) => void;

const HOST_PATH_TYPES = ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'];

const hostPath: Check = (source, path, report) => {
  const at = textAt(source, 'path');
  if (at === '') {
    report.required(`${path}.path`);
    return;
  }
  report.invalidAll(`${path}.path`, at, checkNoBacksteps(at));
  report.oneOf(`${path}.type`, source['type'], HOST_PATH_TYPES, false);
};

const emptyDir: Check = (source, path, report) => {
  const size = tryQuantity(textAt(source, 'sizeLimit'));
  if (size && size.nano < 0n) report.forbidden(`${path}.sizeLimit`, 'must not be negative');
};

const checkItem = (item: JsonObject, path: string, report: Report): void => {
  const file = textAt(item, 'path');
  if (textAt(item, 'key') === '') report.required(`${path}.key`);
  if (file === '') report.required(`${path}.path`);
  report.invalidAll(`${path}.path`, file, checkVisible(file));
  report.invalidAll(`${path}.mode`, item['mode'], checkMode(numberAt(item, 'mode')));
};

const keyed =
  (nameField: string): Check =>
  (source, path, report) => {
    if (textAt(source, nameField) === '') report.required(`${path}.${nameField}`);
    report.invalidAll(`${path}.defaultMode`, source['defaultMode'], checkMode(numberAt(source, 'defaultMode')));
    for (const [i, item] of itemsAt(source, 'items')) checkItem(item, `${path}.items[${i}]`, report);
  };

const checkDownwardFile = (item: JsonObject, path: string, report: Report): void => {
  const file = textAt(item, 'path');
  if (file === '') report.required(`${path}.path`);
  report.invalidAll(`${path}.path`, file, checkVisible(file));
  const [field, resource] = [recordAt(item, 'fieldRef'), recordAt(item, 'resourceFieldRef')];
  if (field) {
    checkFieldRef(field, `${path}.fieldRef`, FILE_FIELDS, report);
    if (resource) report.invalid(path, 'resource', 'fieldRef and resourceFieldRef exclude each other');
  } else if (resource) checkResourceFieldRef(resource, `${path}.resourceFieldRef`, true, report);
  else report.required(path, 'fieldRef or resourceFieldRef');
  report.invalidAll(`${path}.mode`, item['mode'], checkMode(numberAt(item, 'mode')));
};

const downwardAPI: Check = (source, path, report) => {
  report.invalidAll(`${path}.defaultMode`, source['defaultMode'], checkMode(numberAt(source, 'defaultMode')));
  for (const [i, item] of itemsAt(source, 'items')) report.at(`${path}.items[${i}]`, () => checkDownwardFile(item, path, report));
};

const claim: Check = (source, path, report) => {
  if (textAt(source, 'claimName') === '') report.required(`${path}.claimName`);
};

const TOKEN_SECONDS = { min: 600, max: 2 ** 32 };

const checkToken = (token: JsonObject, path: string, projected: string, report: Report): void => {
  const seconds = numberAt(token, 'expirationSeconds');
  const at = `${path}.expirationSeconds`;
  if (seconds !== undefined && seconds < TOKEN_SECONDS.min) report.invalid(at, seconds, 'must be at least 600 (10 minutes)');
  if (seconds !== undefined && seconds > TOKEN_SECONDS.max) report.invalid(at, seconds, 'must be at most 2^32');
  if (textAt(token, 'path') === '') report.required(`${projected}.path`);
  else report.invalidAll(`${projected}.path`, textAt(token, 'path'), checkVisible(textAt(token, 'path')));
};

const checkBundle = (bundle: JsonObject, path: string, report: Report): void => {
  const [name, signer] = [has(bundle, 'name'), has(bundle, 'signerName')];
  if (name && signer) report.invalid(path, '', 'name and signerName exclude each other');
  else if (!name && !signer) report.required(path, 'name or signerName');
  if (textAt(bundle, 'path') === '') report.required(`${path}.path`);
  else report.invalidAll(`${path}.path`, textAt(bundle, 'path'), checkVisible(textAt(bundle, 'path')));
};

/** One source of a projected volume; answers with the files it shows. */
const checkProjection = (source: JsonObject, path: string, projected: string, report: Report): string[] => {
  const kinds = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'].filter((k) =>
    isObject(source[k]),
  );
  if (kinds.length === 0) report.required(path, 'secret, configMap, downwardAPI, serviceAccountToken or another source');
  for (const kind of kinds.slice(1)) report.forbidden(`${path}.${kind}`, `there is already ${kinds[0]}: only one kind for each source`);
  const [kind] = kinds;
  const value = kind === undefined ? undefined : recordAt(source, kind);
  if (value === undefined) return [];
  const at = `${path}.${kind}`;
  if (kind === 'secret' || kind === 'configMap') {
    if (textAt(value, 'name') === '') report.required(`${at}.name`);
    for (const [i, item] of itemsAt(value, 'items')) checkItem(item, `${at}.items[${i}]`, report);
  } else if (kind === 'downwardAPI')
    for (const [i, item] of itemsAt(value, 'items')) report.at(`${at}.items[${i}]`, () => checkDownwardFile(item, at, report));
  else if (kind === 'serviceAccountToken') checkToken(value, at, projected, report);
  else if (kind === 'clusterTrustBundle') checkBundle(value, at, report);
  return [...recordsAt(value, 'items'), value].map((item) => textAt(item, 'path')).filter((file) => file !== '');
};

const projected: Check = (source, path, report) => {
  report.invalidAll(`${path}.defaultMode`, source['defaultMode'], checkMode(numberAt(source, 'defaultMode')));
  const files = new Set<string>();
  for (const [i, item] of itemsAt(source, 'sources'))
    for (const file of checkProjection(item, `${path}.sources[${i}]`, path, report)) {
      if (files.has(file)) report.invalid(path, file, 'two sources show this path');
      files.add(file);
    }
};

const ephemeral: Check = (source, path, report) => {
  const template = recordAt(source, 'volumeClaimTemplate');
  const at = `${path}.volumeClaimTemplate`;
  if (!template) {
    report.required(at);
    return;
  }
  const meta = recordAt(template, 'metadata');
  checkLabels(wordsAt(meta, 'labels'), `${at}.metadata.labels`, report);
  checkAnnotations(wordsAt(meta, 'annotations'), `${at}.metadata.annotations`, report);
  for (const field of ['name', 'generateName', 'namespace', 'finalizers', 'ownerReferences'])
    if (has(meta, field)) report.forbidden(`${at}.metadata.${field}`, 'only labels and annotations are taken over');
  checkClaimSpec(recordAt(template, 'spec') ?? {}, `${at}.spec`, report);
};

const image: Check = (source, path, report) => {
  if (textAt(source, 'reference') === '') report.required(`${path}.reference`);
  report.oneOf(`${path}.pullPolicy`, source['pullPolicy'], ['Always', 'IfNotPresent', 'Never'], false);
};

/** In the order in which the server looks: the first one found is taken, others are one too many. */
const ORDER = [
  ...['emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi', 'glusterfs'],
  ...['flocker', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'quobyte', 'downwardAPI', 'fc', 'flexVolume', 'configMap'],
  ...['azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'scaleIO', 'projected'],
  ...['csi', 'ephemeral', 'image'],
];

const SOURCES: Readonly<Record<string, Check>> = {
  ...STORAGE_SOURCES,
  emptyDir,
  hostPath,
  secret: keyed('secretName'),
  configMap: keyed('name'),
  downwardAPI,
  persistentVolumeClaim: claim,
  projected,
  ephemeral,
  image,
};

const checkSource = (volume: JsonObject, path: string, report: Report): void => {
  let first: string | undefined;
  for (const name of ORDER) {
    const source = recordAt(volume, name);
    if (!source) continue;
    const at = `${path}.${SERVER_NAMES[name] ?? name}`;
    if (first !== undefined) report.forbidden(at, `there is already ${first}: only one source for each volume`);
    else SOURCES[name]?.(source, at, report);
    first ??= name;
  }
  if (first === undefined) report.required(path, 'emptyDir, configMap, hostPath or another source');
};

/** Claims that a pod's own ephemeral volumes make cannot be mounted under their name. */
const checkOwnClaims = (spec: JsonObject, pod: string, path: string, report: Report): void => {
  const own = new Set(
    recordsAt(spec, 'volumes')
      .filter((v) => has(v, 'ephemeral'))
      .map((v) => `${pod}-${textAt(v, 'name')}`),
  );
  for (const [i, volume] of itemsAt(spec, 'volumes')) {
    const name = textAt(recordAt(volume, 'persistentVolumeClaim'), 'claimName');
    if (pod !== '' && own.has(name))
      report.invalid(`${path}[${i}].persistentVolumeClaim.claimName`, name, 'is the claim of an ephemeral volume');
  }
};

/** Answers with the volumes that are in order, by name: only these can be mounted. */
export const checkVolumes = (spec: JsonObject, pod: string, path: string, report: Report): Map<string, JsonObject> => {
  const names = new Set<string>();
  const good = new Map<string, JsonObject>();
  for (const [i, volume] of itemsAt(spec, 'volumes')) {
    const at = `${path}[${i}]`;
    const name = textAt(volume, 'name');
    const inner = new Report();
    const source = Object.keys(volume).find((key) => SERVER_NAMES[key] !== undefined);
    if (source === undefined) checkSource(volume, at, inner);
    else inner.at(`${at}.${source}`, () => checkSource(volume, at, inner));
    if (name === '') inner.required(`${at}.name`);
    else inner.invalidAll(`${at}.name`, name, checkLabel(name));
    if (names.has(name)) inner.duplicate(`${at}.name`, name);
    if (inner.faults.length === 0) {
      names.add(name);
      good.set(name, volume);
    }
    report.faults.push(...inner.faults);
  }
  checkOwnClaims(spec, pod, path, report);
  return good;
};
