/** Applies strategic merge patches, with their directives, as the API server does. */
import { copyJson, isObject, type JsonObject, sameJson } from '../json.ts';
import { badRequest } from '../status.ts';
import type { MergeField, MergeType } from './keys.ts';
import { combineOrders, isListOfMaps, keyText, type MergeKey } from './list.ts';

const ORDER = '$setElementOrder/';
const REMOVE = '$deleteFromPrimitiveList/';

/** `live` with `patch` applied; neither is changed. Throws BadRequest (400) for a patch that makes no sense. */
export const applyStrategic = (live: JsonObject, patch: JsonObject, type: MergeType): JsonObject =>
  mergeMap(copyJson(live), copyJson(patch), type);

const mergeMap = (live: JsonObject, patch: JsonObject, type: MergeType): JsonObject => {
  const directive = patch['$patch'];
  if (directive === 'delete') return {};
  if (directive === 'replace') return clean(without(patch, '$patch')) as JsonObject;
  if (directive !== undefined && directive !== 'merge') throw badRequest(`unrecognized patch directive: ${JSON.stringify(directive)}`);
  retainKeys(live, patch);
  const ordered = mergeOrdered(live, patch, type);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$') && !name.startsWith(REMOVE)) continue;
    const key = name.startsWith(REMOVE) ? name.slice(REMOVE.length) : name;
    if (ordered.has(key)) continue;
    if (name.startsWith(REMOVE)) removeScalars(live, key, value);
    else if (value === null) delete live[key];
    else live[key] = mergeValue(live[key], value, type[key] ?? {});
  }
  return live;
};

const mergeValue = (live: unknown, value: unknown, field: MergeField): unknown => {
  if (isObject(value)) return isObject(live) && field.strategy !== 'replace' ? mergeMap(live, value, field.of ?? {}) : clean(value);
  if (Array.isArray(value)) return Array.isArray(live) && field.strategy === 'merge' ? mergeList(live, value, field) : clean(value);
  return value;
};

const without = (object: JsonObject, ...keys: string[]): JsonObject => {
  const rest = { ...object };
  for (const key of keys) delete rest[key];
  return rest;
};

/** New content: no directives, no nulls in maps, no elements marked for deletion. */
const clean = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((item) => !(isObject(item) && item['$patch'] === 'delete')).map(clean);
  if (!isObject(value)) return value;
  if (value['$patch'] === 'delete') return {};
  const entries = Object.entries(value).filter(([key, item]) => item !== null && !key.startsWith('$'));
  return Object.fromEntries(entries.map(([key, item]) => [key, clean(item)]));
};

const retainKeys = (live: JsonObject, patch: JsonObject): void => {
  const kept = patch['$retainKeys'];
  if (kept === undefined) return;
  if (!Array.isArray(kept)) throw badRequest('$retainKeys must be a list of field names');
  delete patch['$retainKeys'];
  for (const [key, value] of Object.entries(patch))
    if (value !== null && !key.startsWith('$') && !kept.includes(key))
      throw badRequest(`$retainKeys does not name the patch's field ${key}`);
  for (const key of Object.keys(live)) if (!kept.includes(key)) delete live[key];
};

const removeScalars = (live: JsonObject, key: string, items: unknown): void => {
  const list = live[key];
  if (!Array.isArray(list) || !Array.isArray(items)) return;
  live[key] = list.filter((item) => !items.some((other) => sameJson(item, other)));
};

/** Lists with a $setElementOrder beside them. Returns the names that are done. */
const mergeOrdered = (live: JsonObject, patch: JsonObject, type: MergeType): Set<string> => {
  const done = new Set<string>();
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(ORDER)) continue;
    if (!Array.isArray(order)) throw badRequest(`${name} must be a list`);
    const key = name.slice(ORDER.length);
    const field = type[key] ?? {};
    removeScalars(live, key, patch[`${REMOVE}${key}`]);
    const [before, change] = [live[key], patch[key]];
    if (change === null) continue;
    const merged = change === undefined ? before : mergeValue(before, change, field);
    done.add(key);
    if (!Array.isArray(merged)) continue;
    const mergeKey = field.key ?? '';
    checkOrder(name, change, order, mergeKey);
    live[key] = combineOrders(merged, order, editedInPlace(before, change, mergeKey), mergeKey);
  }
  return done;
};

/**
 * The server's order as the server itself sees it: it edits its list in place before it looks at the order, so that new elements
 * take the slots of removed ones and are placed there.
 */
const editedInPlace = (before: unknown, change: unknown, key: MergeKey): unknown[] => {
  if (!Array.isArray(before)) return [];
  if (!Array.isArray(change) || key === '') return before;
  const deleted = new Set(change.filter((item) => isObject(item) && item['$patch'] === 'delete').map((item) => keyText(item, key)));
  const kept = before.filter((item) => !deleted.has(keyText(item, key)));
  const known = new Set(before.map((item) => keyText(item, key)));
  const added = change.filter((item) => !known.has(keyText(item, key)));
  return [...kept, ...added, ...before].slice(0, before.length);
};

const checkOrder = (name: string, change: unknown, order: unknown[], key: MergeKey): void => {
  const items = Array.isArray(change) ? change.filter((item) => !(isObject(item) && item['$patch'] !== undefined)) : [];
  const named = new Set(order.map((item) => (key === '' ? JSON.stringify(item) : keyText(item, key))));
  for (const item of items)
    if (!named.has(key === '' ? JSON.stringify(item) : keyText(item, key)))
      throw badRequest(`${name} does not name every item of the patch's list`);
};

const mergeList = (live: unknown[], patch: unknown[], field: MergeField): unknown[] => {
  if (live.length === 0 && patch.length === 0) return live;
  const key = field.key ?? '';
  if (key === '' || !isListOfMaps(live, patch)) {
    const both = [...live, ...patch].filter((item, i, all) => all.findIndex((other) => sameJson(item, other)) === i);
    return combineOrders(both, patch, live, '');
  }
  return mergeMaps(live as JsonObject[], patch as JsonObject[], key, field);
};

const mergeMaps = (live: JsonObject[], patch: JsonObject[], key: MergeKey, field: MergeField): unknown[] => {
  const items = patch.filter((item) => item['$patch'] === undefined || item['$patch'] === 'merge');
  if (patch.some((item) => item['$patch'] === 'replace')) return items.map(clean);
  const deleted = new Set(patch.filter((item) => item['$patch'] === 'delete').map((item) => keyText(item, key)));
  const merged = live.filter((item) => !deleted.has(keyText(item, key)));
  for (const item of items) {
    const text = keyText(item, key);
    const at = merged.findIndex((other) => keyText(other, key) === text);
    const before = merged[at];
    if (before) merged[at] = mergeMap(before, item, field.of ?? {});
    else merged.push(clean(item) as JsonObject);
  }
  return combineOrders(merged, items, live, key);
};
