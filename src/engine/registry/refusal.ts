/** Reasons to refuse an object before it is written. */
import type { Fault } from '../../api/fault.ts';
import { kindOf } from '../../api/kinds.ts';
import type { KubeObject, Stored } from '../../api/objects.ts';
import { resourceOf } from '../../api/resource.ts';
import { badRequest, conflict, forbidden, invalid, namespaceTerminating, notFound } from '../../api/status.ts';
import { checkStructure } from '../../api/structure.ts';
import { unsupportedFields } from '../../api/unsupported.ts';
import { validateNew, validateObject, validateUpdate } from '../../api/validate.ts';
import type { Store } from '../../store/store.ts';
import type { DeleteOptions, WriteOptions } from './options.ts';

const nameOf = (object: KubeObject) => object.metadata.name ?? object.metadata.generateName ?? '';

/** Throws BadRequest (400) for a kind that is not kept here. */
export const checkKind = (object: KubeObject): void => {
  const info = kindOf(object.apiVersion, object.kind);
  if (info?.supported) return;
  throw badRequest(`no matches for kind "${object.kind}" in version "${object.apiVersion}"${info ? ': podstead does not run it' : ''}`);
};

const refuse = (object: KubeObject, faults: readonly Fault[]): void => {
  if (faults.length > 0) throw invalid(resourceOf(object.apiVersion, object.kind), nameOf(object), faults);
};

const text = ({ field, message, reason }: Fault): string =>
  reason === 'UnknownField' ? `unknown field "${field}"` : `${field}: ${message}`;

/** Throws BadRequest (400) for fields that do not exist and values of the wrong type, Invalid (422) for what cannot be honoured here. */
export const checkWritten = (object: KubeObject, { fields, warn }: WriteOptions): void => {
  if (fields === undefined) return;
  const faults = checkStructure(object);
  const unknown = faults.filter((f) => f.reason === 'UnknownField');
  const wrong = faults.filter((f) => f.reason !== 'UnknownField');
  if (wrong.length > 0)
    throw badRequest(`${object.kind} in version "${object.apiVersion}" cannot be handled: ${wrong.map(text).join(', ')}`, wrong);
  if (unknown.length > 0 && fields === 'Strict') throw badRequest(`strict decoding error: ${unknown.map(text).join(', ')}`, unknown);
  if (fields === 'Warn') for (const fault of unknown) warn?.(text(fault));
  refuse(object, unsupportedFields(object));
};

/** Throws NotFound (404) or Forbidden (403). */
export const checkNamespace = (store: Store, object: KubeObject): void => {
  const { namespace } = object.metadata;
  if (namespace === undefined) return;
  const home = store.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  if (!home) throw notFound(resourceOf('v1', 'Namespace'), namespace);
  if (home.metadata.deletionTimestamp !== undefined)
    throw namespaceTerminating(resourceOf(object.apiVersion, object.kind), nameOf(object), namespace);
};

/** Throws Invalid (422) with every fault. */
export const checkNew = (object: KubeObject): void => {
  const { name, generateName } = object.metadata;
  const nameless: Fault[] =
    name === undefined && generateName === undefined
      ? [{ reason: 'FieldValueRequired', field: 'metadata.name', message: 'name or generateName is required' }]
      : [];
  const faults = validateNew(object);
  refuse(object, faults.some((f) => f.field === 'metadata.name') ? faults : [...nameless, ...faults]);
};

/** Throws Invalid (422) with every fault of the object and of the change. */
export const checkUpdate = (before: Stored, after: KubeObject): void => {
  const added = (after.metadata.finalizers ?? []).filter((f) => !before.metadata.finalizers?.includes(f));
  const late: Fault[] =
    before.metadata.deletionTimestamp !== undefined && added.length > 0
      ? [
          {
            reason: 'FieldValueForbidden',
            field: 'metadata.finalizers',
            message: `no new finalizers can be added if the object is being deleted, found ${added.join(', ')}`,
          },
        ]
      : [];
  refuse(after, [...late, ...validateObject(after), ...validateUpdate(before, after)]);
};

/** Throws Conflict (409) when the caller means another object or another version. */
export const checkPreconditions = (object: Stored, preconditions: DeleteOptions['preconditions']): void => {
  const r = resourceOf(object.apiVersion, object.kind);
  const { uid, resourceVersion, name } = object.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid)
    throw conflict(r, name, `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`);
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion)
    throw conflict(
      r,
      name,
      `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
};

/** Namespaces that are always there. */
export const PERMANENT = ['default', 'kube-system'] as const;
/** Throws Forbidden (403). */
export const checkDeletable = (object: Stored): void => {
  const { name } = object.metadata;
  if (object.kind === 'Namespace' && PERMANENT.some((n) => n === name))
    throw forbidden(resourceOf('v1', 'Namespace'), name, 'this namespace may not be deleted');
};
