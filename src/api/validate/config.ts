/** ConfigMaps, Secrets and Namespaces. */
import { has, recordAt, wordsAt } from '../fields.ts';
import { isObject, type JsonObject } from '../json.ts';
import { checkConfigKey } from '../name.ts';
import type { Report } from './report.ts';

const LIMIT = 1024 * 1024;
/** Bytes of base64 text. */
const decodedLength = (text: string): number => Math.floor((text.replace(/[=\s]/g, '').length * 3) / 4);

export const checkConfigMap = (map: JsonObject, report: Report): void => {
  const [data, binary] = [wordsAt(map, 'data'), wordsAt(map, 'binaryData')];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    report.invalidAll(`data[${key}]`, key, checkConfigKey(key));
    if (Object.hasOwn(binary, key)) report.invalid(`data[${key}]`, key, 'is in binaryData as well');
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binary)) {
    report.invalidAll(`binaryData[${key}]`, key, checkConfigKey(key));
    size += decodedLength(value);
  }
  if (size > LIMIT) report.tooLong('', LIMIT, 'bytes');
};

const isJson = (base64: string): boolean => {
  try {
    return isObject(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')));
  } catch {
    return false;
  }
};

const needKey = (data: Record<string, string>, key: string, report: Report): boolean => {
  if (data[key] !== undefined) return true;
  report.required(`data[${key}]`, 'Secrets of this type have it');
  return false;
};

const needJson =
  (key: string) =>
  (data: Record<string, string>, report: Report): void => {
    if (needKey(data, key, report) && !isJson(data[key] ?? '')) report.invalid(`data[${key}]`, '<hidden>', 'is not JSON');
  };

/** What each type of Secret must hold. */
const TYPES: Readonly<Record<string, (data: Record<string, string>, report: Report) => void>> = {
  'kubernetes.io/dockercfg': needJson('.dockercfg'),
  'kubernetes.io/dockerconfigjson': needJson('.dockerconfigjson'),
  'kubernetes.io/basic-auth': (data, report) => {
    if (data['username'] === undefined && data['password'] === undefined)
      for (const key of ['username', 'password']) report.required(`data[${key}]`, 'one of username and password');
  },
  'kubernetes.io/ssh-auth': (data, report) => {
    if ((data['ssh-privatekey'] ?? '') === '') report.required('data[ssh-privatekey]', 'Secrets of this type have it');
  },
  'kubernetes.io/tls': (data, report) => {
    for (const key of ['tls.crt', 'tls.key']) needKey(data, key, report);
  },
};
const ACCOUNT = 'kubernetes.io/service-account.name';

export const checkSecret = (secret: JsonObject, report: Report): void => {
  const data = wordsAt(secret, 'data');
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    report.invalidAll(`data[${key}]`, key, checkConfigKey(key));
    size += decodedLength(value);
  }
  if (size > LIMIT) report.tooLong('data', LIMIT, 'bytes');
  const type = String(secret['type'] ?? '');
  TYPES[type]?.(data, report);
  const account = wordsAt(recordAt(secret, 'metadata'), 'annotations')[ACCOUNT] ?? '';
  if (type === 'kubernetes.io/service-account-token' && account === '') report.required(`metadata.annotations[${ACCOUNT}]`);
};

const LEVELS = ['privileged', 'baseline', 'restricted'];
const SECURITY = 'pod-security.kubernetes.io/';

export const checkNamespaceObject = (namespace: JsonObject, report: Report): void => {
  for (const [key, value] of Object.entries(wordsAt(recordAt(namespace, 'metadata'), 'labels'))) {
    const rule = key.startsWith(SECURITY) ? key.slice(SECURITY.length) : '';
    if (/^(enforce|audit|warn)$/.test(rule) && !LEVELS.includes(value))
      report.invalid(`metadata.labels[${key}]`, value, `must be ${LEVELS.join(', ')}`);
    if (/^(enforce|audit|warn)-version$/.test(rule) && !/^(latest|v1\.\d+)$/.test(value))
      report.invalid(`metadata.labels[${key}]`, value, 'must be latest or a version like v1.36');
  }
};

/** An immutable object stays as it is. */
export const checkImmutableData = (
  before: JsonObject,
  after: JsonObject,
  fields: readonly string[],
  same: (a: unknown, b: unknown) => boolean,
  report: Report,
): void => {
  if (before['immutable'] !== true) return;
  if (after['immutable'] !== true) report.forbidden('immutable', 'cannot be undone: the object can only be deleted');
  for (const field of fields)
    if (!same(before[field] ?? {}, after[field] ?? {}) && (has(before, field) || has(after, field)))
      report.forbidden(field, 'cannot be changed: the object is immutable');
};
