/** Merging as the API server and `kubectl apply` do it. Nothing is changed in place. */
import { copyJson, isObject, type JsonObject, stableJson } from './json.ts';
import { diffMaps, joinPatches } from './merge/diff.ts';
import { type MergeType, mergeTypeOf } from './merge/keys.ts';
import { applyStrategic } from './merge/strategic.ts';
import type { KubeObject } from './objects.ts';
import { unsupportedMediaType } from './status.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** RFC 7396: maps merge, null deletes, everything else replaces. */
export const mergeJson = (live: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return copyJson(patch);
  const merged: JsonObject = isObject(live) ? { ...live } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeJson(merged[key], value);
  }
  return merged;
};
export const jsonMergePatch = (live: KubeObject, patch: unknown): KubeObject => mergeJson(live, patch) as KubeObject;

const typeOf = (object: KubeObject): MergeType | undefined => mergeTypeOf(object.apiVersion, object.kind);

/** Throws UnsupportedMediaType (415) for kinds that are not Kubernetes's own, BadRequest (400) for a patch that makes no sense. */
export const strategicMergePatch = (live: KubeObject, patch: JsonObject): KubeObject => {
  const type = typeOf(live);
  if (type === undefined) throw unsupportedMediaType(`strategic merge patches are not supported for ${live.kind}: use a JSON merge patch`);
  return applyStrategic(live, patch, type) as KubeObject;
};

/** The patch `kubectl apply` would send: strategic for Kubernetes's kinds, otherwise a JSON merge patch. `{}`: nothing to do. */
export const threeWayPatch = (lastApplied: KubeObject | undefined, modified: KubeObject, live: KubeObject): JsonObject => {
  const type = typeOf(live) ?? {};
  const changes = diffMaps(live, modified, type, { want: 'changes' });
  const deletions = diffMaps(lastApplied ?? ({} as JsonObject), modified, type, { want: 'deletions' });
  return joinPatches(deletions, changes, type);
};

/**
 * What `kubectl apply` makes of a live object: fields of the file win, fields that were in the file before and are no longer are
 * removed, all others stay. Without defaults and without the annotation's update: see withLastApplied.
 */
export const threeWayMerge = (lastApplied: KubeObject | undefined, modified: KubeObject, live: KubeObject): KubeObject => {
  const patch = threeWayPatch(lastApplied, modified, live);
  return typeOf(live) === undefined ? jsonMergePatch(live, patch) : strategicMergePatch(live, patch);
};

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
};
/** A file's object as the server would read it: fields that are null are not there. */
export const dropNulls = (object: KubeObject): KubeObject => withoutNulls(object) as KubeObject;

/** The object with its own text as last-applied annotation, spelled as kubectl does. */
export const withLastApplied = (object: KubeObject): KubeObject => {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  const bare = { ...object, metadata: { ...object.metadata, annotations } };
  const text = `${stableJson(bare)}\n`;
  return { ...bare, metadata: { ...bare.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } } };
};

/** undefined: never applied, or the annotation is not JSON. */
export const readLastApplied = (live: KubeObject): KubeObject | undefined => {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (text === undefined) return undefined;
  try {
    const object: unknown = JSON.parse(text);
    return isObject(object) && isObject(object['metadata']) ? (object as KubeObject) : undefined;
  } catch {
    return undefined;
  }
};
