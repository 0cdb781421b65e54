/**
 * Strategic merge patches from two objects, and from three: what `kubectl apply` sends.
 * The directives are Kubernetes's: $patch, $setElementOrder/…, $deleteFromPrimitiveList/…, $retainKeys.
 */
import { isObject, type JsonObject, sameJson } from '../json.ts';
import type { MergeField, MergeType } from './keys.ts';
import { combineOrders, inOrderOf, isListOfMaps, keyText, type MergeKey, sameOrder, sortByKey } from './list.ts';

export interface DiffOptions {
  /** Which half is wanted: what is new or different, or what is gone. */
  readonly want: 'changes' | 'deletions' | 'both';
}
const wantsChanges = (o: DiffOptions) => o.want !== 'deletions';
const wantsDeletions = (o: DiffOptions) => o.want !== 'changes';

const kindOfValue = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  return isObject(value) ? 'map' : value === null ? 'null' : typeof value;
};

/** The patch that makes `to` of `from`. Empty: nothing to do. */
export const diffMaps = (from: JsonObject, to: JsonObject, type: MergeType, options: DiffOptions, retainKeys = false): JsonObject => {
  const patch: JsonObject = {};
  for (const [key, before] of Object.entries(from)) {
    if (!Object.hasOwn(to, key)) {
      if (wantsDeletions(options)) patch[key] = null;
    } else if (kindOfValue(before) !== kindOfValue(to[key])) {
      if (wantsChanges(options)) patch[key] = to[key];
    } else Object.assign(patch, diffField(key, before, to[key], type[key] ?? {}, options));
  }
  if (wantsChanges(options)) for (const key of Object.keys(to)) if (!Object.hasOwn(from, key)) patch[key] = to[key];
  const drops = Object.keys(from).some((key) => from[key] !== null && !Object.hasOwn(to, key));
  const kept = Object.keys(to).sort();
  if (retainKeys && kept.length > 0 && (Object.keys(patch).length > 0 || drops)) patch['$retainKeys'] = kept;
  return patch;
};

const diffField = (key: string, from: unknown, to: unknown, field: MergeField, options: DiffOptions): JsonObject => {
  const whole = () => (wantsChanges(options) && !sameJson(from, to) ? { [key]: to } : {});
  if (isObject(from) && isObject(to)) {
    if (field.strategy === 'replace') return whole();
    const patch = diffMaps(from, to, field.of ?? {}, options, field.retainKeys);
    return Object.keys(patch).length > 0 ? { [key]: patch } : {};
  }
  if (Array.isArray(from) && Array.isArray(to) && field.strategy === 'merge') return diffList(key, from, to, field, options);
  return whole();
};

const diffList = (name: string, from: unknown[], to: unknown[], field: MergeField, options: DiffOptions): JsonObject => {
  if (from.length === 0) return to.length > 0 && wantsChanges(options) ? { [name]: to } : {};
  const key = field.key ?? '';
  if (key === '' || !isListOfMaps(from, to)) return diffScalars(name, from, to, options);
  const { changed, deleted } = diffListOfMaps(from as JsonObject[], to as JsonObject[], key, field, options);
  const list = [...inOrderOf(changed, to, key), ...deleted];
  const reordered = wantsChanges(options) && !sameOrder(from, to, key);
  if (list.length === 0 && !reordered) return {};
  return {
    ...(list.length > 0 ? { [name]: list } : {}),
    ...(to.length > 0 ? { [`$setElementOrder/${name}`]: to.map((item) => ({ [key]: (item as JsonObject)[key] })) } : {}),
  };
};

/** Both sides sorted by key and walked together, so that elements of one key pair off one by one. */
const diffListOfMaps = (from: JsonObject[], to: JsonObject[], key: MergeKey, field: MergeField, options: DiffOptions) => {
  const [left, right] = [sortByKey(from, key), sortByKey(to, key)];
  const changed: JsonObject[] = [];
  const deleted: JsonObject[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i], right[j]];
    const [x, y] = [a && keyText(a, key), b && keyText(b, key)];
    if (a && b && x === y) {
      const patch = diffMaps(a, b, field.of ?? {}, options, field.retainKeys);
      if (Object.keys(patch).length > 0) changed.push({ ...patch, [key]: b[key] });
      i++;
      j++;
    } else if (b && (!a || (x ?? '') > (y ?? ''))) {
      if (wantsChanges(options)) changed.push(b);
      j++;
    } else {
      if (wantsDeletions(options) && a) deleted.push({ [key]: a[key], $patch: 'delete' });
      i++;
    }
  }
  return { changed, deleted };
};

const diffScalars = (name: string, from: unknown[], to: unknown[], options: DiffOptions): JsonObject => {
  const lacks = (list: unknown[], item: unknown) => !list.some((other) => sameJson(other, item));
  const added = wantsChanges(options) ? [...new Set(to.filter((item) => lacks(from, item)))] : [];
  const deleted = wantsDeletions(options) ? [...new Set(from.filter((item) => lacks(to, item)))] : [];
  const reordered = wantsChanges(options) && !sameJson(from, to);
  return {
    ...(added.length > 0 ? { [name]: added } : {}),
    ...(deleted.length > 0 ? { [`$deleteFromPrimitiveList/${name}`]: deleted } : {}),
    ...(to.length > 0 && (deleted.length > 0 || reordered) ? { [`$setElementOrder/${name}`]: to } : {}),
  };
};

/** Both patches in one, directives kept: deletions first, then the changes over them. */
export const joinPatches = (first: JsonObject, second: JsonObject, type: MergeType): JsonObject => {
  const joined: JsonObject = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = joined[key];
    if (isObject(before) && isObject(value)) {
      if (type[key]?.strategy === 'replace') joined[key] = value;
      else joined[key] = joinPatches(before, value, type[key]?.of ?? {});
    } else if (Array.isArray(before) && Array.isArray(value) && type[key]?.strategy === 'merge') {
      joined[key] = joinLists(before, value, type[key]);
    } else joined[key] = value;
  }
  return joined;
};

const joinLists = (first: unknown[], second: unknown[], field: MergeField): unknown[] => {
  const key = field.key ?? '';
  if (key === '') return [...first, ...second.filter((item) => !first.includes(item))];
  const joined = [...first];
  for (const item of second) {
    const at = joined.findIndex((other) => keyText(other, key) === keyText(item, key));
    const before = joined[at];
    if (isObject(before) && isObject(item) && before['$patch'] === undefined) joined[at] = joinPatches(before, item, field.of ?? {});
    else joined.push(item);
  }
  return combineOrders(joined, second, first, key);
};
