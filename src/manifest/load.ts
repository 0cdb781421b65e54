/** Texts to checked objects: parse, kind, structure, rules, what runs here. Every fault of every document, with its place. */
import type { Fault } from '../api/fault.ts';
import { isObject, type JsonObject } from '../api/json.ts';
import { apiVersionsOf, kindOf, objectName } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import { checkStructure } from '../api/structure.ts';
import { unsupportedFields } from '../api/unsupported.ts';
import type { PlacedFault } from '../api/validate/report.ts';
import { validateWritten } from '../api/validate.ts';
import { type Document, parseManifest } from './parse.ts';
import type { Text } from './source.ts';

export interface LoadOptions {
  /** `-n`: where objects without a namespace go; another one in the file is a fault. */
  namespace?: string;
  /** false: accept everything Kubernetes does, also what this version does not run. */
  runnable?: boolean;
}

export interface Loaded {
  /** Not defaulted, namespace filled in, in the order of the files; those with faults as well. */
  objects: KubeObject[];
  faults: Fault[];
}

type Placed = PlacedFault;

const kindFault = (field: string, message: string, at = field): Placed => ({ reason: 'UnknownKind', field, message, place: at });

const unknownKind = (apiVersion: string, kind: string): Placed => {
  const others = apiVersionsOf(kind);
  const hint = others.length === 0 ? '' : ` (did you mean apiVersion: ${others.join(' or ')}?)`;
  return kindFault('', `no kind "${kind}" in apiVersion "${apiVersion}"${hint}`, others.length === 0 ? 'kind' : 'apiVersion');
};

const wordFault = (object: JsonObject, field: 'apiVersion' | 'kind', ok: RegExp): Placed | undefined => {
  const value = object[field];
  if (value === undefined || value === null || value === '')
    return kindFault(field, `required: which ${field === 'kind' ? 'kind' : 'version'} of object is this?`);
  if (typeof value !== 'string') return { reason: 'WrongType', field, message: `must be a string, not ${JSON.stringify(value)}` };
  return ok.test(value) ? undefined : kindFault(field, `"${value}" is not ${field === 'kind' ? 'a kind' : 'an apiVersion'}`);
};

/** What is wrong with apiVersion and kind; nothing when the object can be looked at. */
const checkKind = (object: JsonObject, runnable: boolean): Placed[] => {
  const words = [wordFault(object, 'apiVersion', /^[^/]+(\/[^/]+)?$/), wordFault(object, 'kind', /^[A-Z]/)].filter((f) => f !== undefined);
  if (words.length > 0) return words;
  const [apiVersion, kind] = [String(object['apiVersion']), String(object['kind'])];
  const info = kindOf(apiVersion, kind);
  if (info === undefined) return [unknownKind(apiVersion, kind)];
  if (info.supported || !runnable) return [];
  return [{ reason: 'UnsupportedKind', field: 'kind', message: `podstead does not run ${kind} objects yet` }];
};

const checkMetadata = (object: JsonObject): Placed[] => {
  const metadata = object['metadata'];
  if (metadata === undefined || metadata === null || isObject(metadata)) return [];
  return [{ reason: 'WrongType', field: 'metadata', message: 'must be a map' }];
};

/** The object with its namespace, and the fault if that disagrees with `-n`. */
const placeInNamespace = (object: KubeObject, wanted: string | undefined): { object: KubeObject; faults: Placed[] } => {
  if (!kindOf(object.apiVersion, object.kind)?.namespaced) return { object, faults: [] };
  const written = object.metadata.namespace;
  if (written === undefined || written === null || written === '')
    return { object: { ...object, metadata: { ...object.metadata, namespace: wanted ?? 'default' } }, faults: [] };
  if (wanted === undefined || written === wanted) return { object, faults: [] };
  const message = `is "${written}", but the command line says -n ${wanted}`;
  return { object, faults: [{ reason: 'FieldValueInvalid', field: 'metadata.namespace', message }] };
};

/** As saved from a running cluster: what is written there is not being deleted. */
const withoutDeletion = (metadata: JsonObject): JsonObject => {
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...rest } = metadata;
  return rest;
};

const ABSENT = new Set<Fault['reason']>(['FieldValueRequired', 'UnknownField']);

const withPosition = (document: Document, fault: Placed): Fault => {
  const { place, ...rest } = fault;
  return { ...rest, position: document.position(place ?? fault.field, ABSENT.has(fault.reason) ? 'key' : 'value') };
};

const checkDocument = (document: Document, options: LoadOptions): { object?: KubeObject; faults: Fault[] } => {
  const runnable = options.runnable ?? true;
  const early = [...checkKind(document.object, runnable), ...checkMetadata(document.object)];
  if (early.length > 0) return { faults: early.map((fault) => withPosition(document, fault)) };
  const { metadata } = document.object;
  const whole = { ...document.object, metadata: isObject(metadata) ? withoutDeletion(metadata) : {} } as KubeObject;
  const { object, faults } = placeInNamespace(whole, options.namespace);
  const structural = checkStructure(object);
  const all: Placed[] = [...structural, ...faults, ...validateWritten(object, structural)];
  if (runnable) all.push(...unsupportedFields(object));
  return { object, faults: all.map((fault) => withPosition(document, fault)) };
};

const identity = (object: KubeObject): string => `${object.metadata.namespace ?? ''} ${objectName(object)}`;

const byPosition = (a: Fault, b: Fault): number =>
  (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0);

const loadText = ({ file, text }: Text, options: LoadOptions, seen: Map<string, string>): Loaded => {
  const { documents, faults } = parseManifest(text, file);
  const objects: KubeObject[] = [];
  for (const document of documents) {
    const checked = checkDocument(document, options);
    faults.push(...checked.faults);
    if (checked.object === undefined) continue;
    objects.push(checked.object);
    const id = identity(checked.object);
    if (checked.object.metadata.name === undefined) continue;
    const position = document.position('metadata.name');
    const before = seen.get(id);
    if (before === undefined) seen.set(id, `${position.file}:${position.line}`);
    else
      faults.push({
        reason: 'FieldValueDuplicate',
        field: 'metadata.name',
        message: `${objectName(checked.object)} is already at ${before}`,
        position,
      });
  }
  return { objects, faults: faults.toSorted(byPosition) };
};

export const loadManifests = (sources: readonly Text[], options: LoadOptions = {}): Loaded => {
  const seen = new Map<string, string>();
  const loaded = sources.map((source) => loadText(source, options, seen));
  return { objects: loaded.flatMap((l) => l.objects), faults: loaded.flatMap((l) => l.faults) };
};
