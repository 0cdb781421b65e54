/** The fields of each kind that field selectors may name, as the API server has them. */
import { isObject } from './json.ts';
import type { KubeObject } from './objects.ts';
import type { FieldSelector } from './selector.ts';
import { badRequest } from './status.ts';

const COMMON = ['metadata.name', 'metadata.namespace'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Namespace: ['status.phase'],
  Secret: ['type'],
  ReplicaSet: ['status.replicas'],
  Service: ['spec.clusterIP', 'spec.type'],
};

const valueAt = (object: KubeObject, path: string): string => {
  // Events name their component twice: selectors only know `source`.
  const full = object.kind === 'Event' && path === 'source' ? 'source.component' : path;
  const value = full.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), object);
  if (value === undefined || value === null) return path === 'spec.hostNetwork' ? 'false' : '';
  return String(value);
};

/** Throws BadRequest (400) for a field that cannot be selected by. */
export const checkFieldSelector = (kind: string, selector: FieldSelector): void => {
  const known = [...COMMON, ...(FIELDS[kind] ?? [])];
  for (const { field } of selector)
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field} (known: ${known.join(', ')})`);
};

export const matchesFieldSelector = (object: KubeObject, selector: FieldSelector): boolean =>
  selector.every(({ field, equal, value }) => (valueAt(object, field) === value) === equal);
