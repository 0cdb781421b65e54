/** Sources of volumes that belong to clouds and storage systems: what each must say. */
import { flagAt, has, recordAt, stringsAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkSubdomain } from '../name.ts';
import { checkDescending } from './path.ts';
import type { Report } from './report.ts';

type Check = (source: JsonObject, path: string, report: Report) => void;

const need =
  (...fields: string[]): Check =>
  (source, path, report) => {
    for (const field of fields) {
      const value = source[field];
      if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) report.required(`${path}.${field}`);
    }
  };

const both =
  (...checks: Check[]): Check =>
  (source, path, report) => {
    for (const check of checks) check(source, path, report);
  };

const IQN = /^(iqn\.\d{4}-\d{2}\.([a-z0-9-.]+)(:.*)?|eui\..+|naa\..+)$/i;
const iscsi: Check = (source, path, report) => {
  const iqn = textAt(source, 'iqn');
  need('targetPortal', 'iqn')(source, path, report);
  if (iqn !== '') {
    const ok = iqn.startsWith('eui')
      ? /^eui\.[0-9a-fA-F]{16}$/.test(iqn)
      : iqn.startsWith('naa')
        ? /^naa\.([0-9a-fA-F]{16}|[0-9a-fA-F]{32})$/.test(iqn)
        : IQN.test(iqn);
    if (!ok) report.invalid(`${path}.iqn`, iqn, 'is no iSCSI name');
  }
  const lun = Number(source['lun'] ?? 0);
  if (lun < 0 || lun > 255) report.invalid(`${path}.lun`, lun, 'must be between 0 and 255');
  const chap = flagAt(source, 'chapAuthDiscovery') || flagAt(source, 'chapAuthSession');
  if (chap && !has(source, 'secretRef')) report.required(`${path}.secretRef`);
};

const azureDisk: Check = (source, path, report) => {
  const [kind, uri] = [textAt(source, 'kind'), textAt(source, 'diskURI')];
  need('diskName', 'diskURI')(source, path, report);
  report.oneOf(`${path}.cachingMode`, source['cachingMode'], ['None', 'ReadOnly', 'ReadWrite'], false);
  report.oneOf(`${path}.kind`, source['kind'], ['Shared', 'Dedicated', 'Managed'], false);
  if (kind === 'Managed' && !uri.startsWith('/subscriptions/')) report.notSupported(`${path}.diskURI`, uri, ['/subscriptions/…']);
  if (kind !== 'Managed' && !uri.startsWith('https://')) report.notSupported(`${path}.diskURI`, uri, ['https://…']);
};

const fibreChannel: Check = (source, path, report) => {
  const [names, ids] = [stringsAt(source, 'targetWWNs'), stringsAt(source, 'wwids')];
  if (names.length === 0 && ids.length === 0) report.required(path, 'targetWWNs or wwids');
  else if (names.length > 0 && ids.length > 0) report.invalid(`${path}.targetWWNs`, names, 'exclude wwids');
  if (names.length === 0) return;
  if (!has(source, 'lun')) report.required(`${path}.lun`);
  else if (Number(source['lun']) < 0 || Number(source['lun']) > 255)
    report.invalid(`${path}.lun`, source['lun'], 'must be between 0 and 255');
};

const flocker: Check = (source, path, report) => {
  const [name, uuid] = [textAt(source, 'datasetName'), textAt(source, 'datasetUUID')];
  if (name === '' && uuid === '') report.required(path, 'datasetName or datasetUUID');
  else if (name !== '' && uuid !== '') report.invalid(path, 'resource', 'datasetName and datasetUUID exclude each other');
  if (name.includes('/')) report.invalid(`${path}.datasetName`, name, 'must not contain "/"');
};

const nfs: Check = (source, path, report) => {
  need('server', 'path')(source, path, report);
  const at = textAt(source, 'path');
  if (!at.startsWith('/')) report.invalid(`${path}.path`, at, 'must be an absolute path');
};

const gitRepo: Check = (source, path, report) => {
  need('repository')(source, path, report);
  const directory = textAt(source, 'directory');
  report.invalidAll(`${path}.directory`, directory, checkDescending(directory));
};

const partition =
  (field: string): Check =>
  (source, path, report) => {
    const value = Number(source[field] ?? 0);
    if (value < 0 || value > 255) report.invalid(`${path}.${field}`, value, 'must be between 0 and 255');
  };

const quobyte: Check = (source, path, report) => {
  const registry = textAt(source, 'registry');
  need('registry', 'volume')(source, path, report);
  const tenant = textAt(source, 'tenant');
  if (tenant.length >= 65) report.required(`${path}.tenant`, 'at most 64 characters');
  if (registry !== '' && registry.split(',').some((part) => !/^.+:\d+$/.test(part) && !/^\[.+\]:\d+$/.test(part)))
    report.invalid(`${path}.registry`, registry, 'must be HOST:PORT, several with commas');
};

const csi: Check = (source, path, report) => {
  const driver = textAt(source, 'driver');
  if (driver === '') report.required(`${path}.driver`);
  else if (driver.length > 63) report.tooLong(`${path}.driver`, 63);
  else report.invalidAll(`${path}.driver`, driver, checkSubdomain(driver.toLowerCase()));
  const secret = recordAt(source, 'nodePublishSecretRef');
  if (secret && textAt(secret, 'name') === '') report.required(`${path}.nodePublishSecretRef.name`);
};

const azureFile: Check = (source, path, report) => need('secretName', 'shareName')(source, path, report);

/** Where the server's own name of the field differs. */
export const SERVER_NAMES: Readonly<Record<string, string>> = {
  gcePersistentDisk: 'persistentDisk',
  awsElasticBlockStore: 'awsElasticBlockStore',
};

export const STORAGE_SOURCES: Readonly<Record<string, Check>> = {
  gitRepo,
  gcePersistentDisk: both(need('pdName'), partition('partition')),
  awsElasticBlockStore: both(need('volumeID'), partition('partition')),
  nfs,
  iscsi,
  glusterfs: need('endpoints', 'path'),
  rbd: need('monitors', 'image'),
  cinder: need('volumeID'),
  cephfs: need('monitors'),
  flocker,
  fc: fibreChannel,
  flexVolume: need('driver'),
  azureFile,
  vsphereVolume: need('volumePath'),
  photonPersistentDisk: need('pdID'),
  azureDisk,
  portworxVolume: need('volumeID'),
  scaleIO: need('gateway', 'system', 'volumeName'),
  storageos: () => {},
  quobyte,
  csi,
};
