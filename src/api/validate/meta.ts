/** metadata: names, labels, annotations, owners, finalizers. */
import { flagAt, has, numberAt, recordAt, recordsAt, stringsAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkLabel, checkLabelValue, checkQualifiedName, type NameCheck } from '../name.ts';
import type { Report } from './report.ts';

const ANNOTATIONS_LIMIT = 256 * 1024;
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Labels, and selectors that are plain labels. The server names the map, not the key. */
export const checkLabels = (labels: Record<string, string>, path: string, report: Report): void => {
  for (const [key, value] of Object.entries(labels)) {
    report.at(`${path}[${key}]`, () => {
      report.invalidAll(path, key, checkQualifiedName(key));
      report.invalidAll(path, value, checkLabelValue(value));
    });
  }
};

export const checkAnnotations = (annotations: Record<string, string>, path: string, report: Report): void => {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    report.at(`${path}[${key}]`, () => report.invalidAll(path, key, checkQualifiedName(key.toLowerCase())));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_LIMIT) report.tooLong(path, ANNOTATIONS_LIMIT, 'bytes');
};

const checkOwner = (owner: JsonObject, path: string, report: Report): void => {
  const [apiVersion, kind] = [textAt(owner, 'apiVersion'), textAt(owner, 'kind')];
  if (!/^([^/]+\/)?[^/]+$/.test(apiVersion)) report.invalid(`${path}.apiVersion`, apiVersion, 'must be like apps/v1 or v1');
  for (const key of ['kind', 'name', 'uid']) if (textAt(owner, key) === '') report.invalid(`${path}.${key}`, '', 'must not be empty');
  if (apiVersion === 'v1' && kind === 'Event') report.invalid(path, kind, 'an Event cannot own anything');
};

const checkOwners = (meta: JsonObject, path: string, report: Report): void => {
  const owners = recordsAt(meta, 'ownerReferences');
  for (const [i, owner] of owners.entries()) report.at(`${path}[${i}]`, () => checkOwner(owner, path, report));
  if (owners.filter((owner) => flagAt(owner, 'controller')).length > 1)
    report.invalid(path, 'controller', 'only one owner can be the controller');
};

const checkFinalizers = (meta: JsonObject, path: string, report: Report): void => {
  const finalizers = stringsAt(meta, 'finalizers');
  for (const [i, name] of finalizers.entries()) {
    report.at(`${path}[${i}]`, () => report.invalidAll(path, name, checkQualifiedName(name)));
    if (!name.includes('/') && !STANDARD_FINALIZERS.includes(name))
      report.invalid(`${path}[${i}]`, name, 'must be qualified: example.com/name');
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    report.invalid(path, finalizers, 'orphan and foregroundDeletion exclude each other');
};

const checkNames = (meta: JsonObject, path: string, check: NameCheck, report: Report): void => {
  const [name, prefix] = [textAt(meta, 'name'), textAt(meta, 'generateName')];
  if (prefix !== '') report.invalidAll(`${path}.generateName`, prefix, check(prefix.replace(/-$/, 'a')));
  if (name !== '') report.invalidAll(`${path}.name`, name, check(name));
  else if (prefix === '') report.required(`${path}.name`, 'name or generateName');
};

const checkNamespace = (meta: JsonObject, path: string, namespaced: boolean, report: Report): void => {
  const namespace = textAt(meta, 'namespace');
  if (!namespaced) {
    if (namespace !== '') report.forbidden(`${path}.namespace`, 'this kind of object is not in a namespace');
  } else if (namespace === '') report.required(`${path}.namespace`);
  else report.invalidAll(`${path}.namespace`, namespace, checkLabel(namespace));
};

/** The metadata of a stored object. */
export const checkMeta = (object: JsonObject, namespaced: boolean, check: NameCheck, report: Report): void => {
  const meta = recordAt(object, 'metadata') ?? {};
  checkNames(meta, 'metadata', check, report);
  checkNamespace(meta, 'metadata', namespaced, report);
  report.notNegative('metadata.generation', numberAt(meta, 'generation'));
  checkLabels(wordsAt(meta, 'labels'), 'metadata.labels', report);
  checkAnnotations(wordsAt(meta, 'annotations'), 'metadata.annotations', report);
  if (has(meta, 'ownerReferences')) checkOwners(meta, 'metadata.ownerReferences', report);
  checkFinalizers(meta, 'metadata.finalizers', report);
};
