/** The three kinds of patch. Pure. */
import { isObject } from '../../api/json.ts';
import { jsonPatch } from '../../api/jsonpatch.ts';
import { jsonMergePatch, strategicMergePatch } from '../../api/merge.ts';
import type { KubeObject } from '../../api/objects.ts';
import { badRequest, unsupportedMediaType } from '../../api/status.ts';

export type PatchType = 'json' | 'merge' | 'strategic';
export interface Patch {
  type: PatchType;
  body: unknown;
}

const TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

/** By media type. Throws UnsupportedMediaType (415), also for server-side apply. */
export const patchTypeOf = (mediaType: string): PatchType => {
  const type = TYPES[mediaType];
  if (type === undefined)
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(TYPES).join(', ')}`,
    );
  return type;
};

export const applyPatch = (live: KubeObject, patch: Patch): KubeObject => {
  const patched: unknown = patch.type === 'json' ? jsonPatch(live, patch.body) : mergePatch(live, patch);
  if (!isObject(patched) || !isObject(patched['metadata'])) throw badRequest('the patch leaves no object');
  if (patched['kind'] !== live.kind || patched['apiVersion'] !== live.apiVersion) throw badRequest('kind and apiVersion cannot be patched');
  return patched as KubeObject;
};

const mergePatch = (live: KubeObject, { type, body }: Patch): KubeObject => {
  if (!isObject(body)) throw badRequest('a merge patch is an object');
  return type === 'merge' ? jsonMergePatch(live, body) : strategicMergePatch(live, body);
};
