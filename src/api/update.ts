/** What an update keeps, whatever the file says: the API server's PrepareForUpdate. Pure. */
import { recordAt } from './fields.ts';
import { isObject, type JsonObject } from './json.ts';
import type { KubeObject, ObjectMeta } from './objects.ts';
import { updatedServiceSpec } from './service-update.ts';

/** Only the system writes these. */
const SYSTEM = [
  'uid',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
] as const;

/** `metadata` with the system's own fields taken from `before` and from nowhere else. */
export const keepSystemMeta = (before: ObjectMeta, metadata: ObjectMeta): ObjectMeta => {
  const kept: ObjectMeta = { ...metadata };
  for (const field of SYSTEM) {
    delete kept[field];
    if (before[field] !== undefined) Object.assign(kept, { [field]: before[field] });
  }
  return kept;
};

const keepStatus = (before: KubeObject, after: KubeObject): KubeObject => {
  const { status: _, ...rest } = after;
  return (before['status'] === undefined ? rest : { ...rest, status: before['status'] }) as KubeObject;
};

const updatedSpec = (before: KubeObject, after: KubeObject): unknown => {
  const [old, next] = [recordAt(before, 'spec'), recordAt(after, 'spec')];
  if (!old || !next) return after['spec'];
  if (after.kind === 'Service') return updatedServiceSpec(old, next);
  // Namespaced content has to be gone first: these are removed by the system.
  if (after.kind === 'Namespace') return { ...next, finalizers: old['finalizers'] };
  return next;
};

/** `after` (with defaults) as it may be stored in the place of `before`: status and system fields stay. */
export const prepareUpdate = (before: KubeObject, after: KubeObject): KubeObject => {
  const kept = keepStatus(before, after);
  const spec = updatedSpec(before, kept);
  return { ...kept, ...(spec === undefined ? {} : { spec }), metadata: keepSystemMeta(before.metadata, after.metadata) };
};

/** `before` with the status of `after`, and nothing else of it. */
export const prepareStatusUpdate = (before: KubeObject, after: KubeObject): KubeObject => {
  const { status: _, ...rest } = before;
  const status: unknown = after['status'];
  return (isObject(status) ? { ...rest, status } : rest) as KubeObject;
};

/** A new object without what only the system may give. */
export const withoutSystemFields = (object: KubeObject): KubeObject => {
  const { status: _, ...rest } = object;
  const { resourceVersion: __, ...metadata } = keepSystemMeta({}, object.metadata) as ObjectMeta & JsonObject;
  return { ...rest, metadata } as KubeObject;
};
