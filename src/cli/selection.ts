/** Which of many objects are meant (-l, --field-selector) and in what order they stand (--sort-by). Pure. */
import { checkFieldSelector, matchesFieldSelector } from '../api/field-values.ts';
import { compilePath } from '../api/jsonpath.ts';
import type { KubeObject } from '../api/objects.ts';
import { compareQuantity, tryQuantity } from '../api/quantity.ts';
import { matchesSelector, parseFieldSelector, parseSelector } from '../api/selector.ts';

/** Throws USAGE for a selector that cannot be read, and BadRequest for a field by which objects of this kind cannot be chosen. */
export function selectObjects<T extends KubeObject>(
  objects: readonly T[],
  labels?: string,
  fields?: { selector: string; kind: string },
): T[] {
  const wanted = parseSelector(labels ?? '');
  const required = parseFieldSelector(fields?.selector ?? '');
  if (fields) checkFieldSelector(fields.kind, required);
  return objects.filter((object) => matchesSelector(wanted, object.metadata.labels) && matchesFieldSelector(object, required));
}

/** By the value at a path, those without one first; equal ones stay as they were. */
export function sortObjects<T extends KubeObject>(objects: readonly T[], path: string | undefined): T[] {
  if (path === undefined) return [...objects];
  const read = compilePath(path);
  const keyed = objects.map((object) => ({ object, key: read(object)[0] }));
  return keyed.toSorted((a, b) => compareValues(a.key, b.key)).map(({ object }) => object);
}

function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a), String(b)];
  if (tryQuantity(x) && tryQuantity(y)) return compareQuantity(x, y);
  return x.localeCompare(y, 'en', { numeric: true });
}
