/** Leaves out of an object what the defaults put in again: found by trying, so that it stays true whatever the defaults are. Pure. */
import { withDefaults } from '../api/defaults.ts';
import { isObject, type JsonObject, sameJson } from '../api/json.ts';
import type { KubeObject } from '../api/objects.ts';

/** Could be left out, but says what is meant. */
const TELLING = new Set(['emptyDir']);

/** Another name for a field that has a better one: of two that give each other this one goes. */
const ALIASES = new Set(['serviceAccount']);
/** The same order for the same fields, or which of two goes would depend on how the object came here. */
const keysOf = (record: JsonObject): string[] =>
  Object.keys(record).toSorted((a, b) => Number(ALIASES.has(b)) - Number(ALIASES.has(a)) || (a < b ? -1 : 1));

const copyWithout = (record: JsonObject, key: string): JsonObject => {
  const { [key]: _, ...rest } = record;
  return rest;
};

/** A node of the object being pruned: its present value, and how to put another one in its place (giving a whole new object). */
interface Place {
  value: unknown;
  put: (value: unknown) => KubeObject;
}

const childOf = (place: Place, key: string | number): Place => {
  const { value, put } = place;
  if (Array.isArray(value)) return { value: value[key as number], put: (next) => put(value.map((item, i) => (i === key ? next : item))) };
  const record = value as JsonObject;
  return { value: record[key], put: (next) => put({ ...record, [key]: next }) };
};

/** The value of a place with all removable fields gone, outermost first: a whole subtree costs one try. */
const pruneAt = (place: Place, target: KubeObject): unknown => {
  if (Array.isArray(place.value)) {
    let list: unknown[] = place.value;
    for (const index of list.keys()) {
      const item = pruneAt(childOf({ value: list, put: place.put }, index), target);
      list = list.map((old, i) => (i === index ? item : old));
    }
    return list;
  }
  if (!isObject(place.value)) return place.value;
  let record = place.value;
  for (const key of keysOf(record)) {
    const less = copyWithout(record, key);
    if (!TELLING.has(key) && sameJson(withDefaults(place.put(less)), target)) record = less;
    else record = { ...record, [key]: pruneAt(childOf({ value: record, put: place.put }, key), target) };
  }
  return record;
};

/** Needs to be there, whatever the defaults say. */
const HEAD = ['apiVersion', 'kind', 'metadata'];

/** The smallest object (field by field, not list item by list item) with the same `withDefaults`. */
export const pruneDefaults = (object: KubeObject): KubeObject => {
  const target = withDefaults(object);
  let result = object;
  for (const key of keysOf(object)) {
    const less = copyWithout(result, key) as KubeObject;
    if (!HEAD.includes(key) && sameJson(withDefaults(less), target)) result = less;
    else result = { ...result, [key]: pruneAt(childOf({ value: result, put: (value) => value as KubeObject }, key), target) };
  }
  return result;
};
