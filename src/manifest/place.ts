/** From a field path (`spec.containers[0].resources.limits[cpu]`) to where it stands in YAML text. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml';

export interface Place {
  /** The document's root node. */
  node: unknown;
  /** Path from the root to the object the fields are of. */
  prefix: string;
  resolve: (alias: Alias) => unknown;
  keyOf: (pair: Pair) => string;
}

interface Step {
  key?: unknown;
  value: unknown;
  rest: string;
}

const startOf = (node: unknown): number | undefined => (node as { range?: [number, number, number] | null } | null)?.range?.[0];

/** `rest` without this key in front, if it begins with it: `.key…`, `key…` or `[key]…`. */
const afterKey = (rest: string, key: string): string | undefined => {
  if (rest.startsWith(`[${key}]`)) return rest.slice(key.length + 2);
  const bare = rest.startsWith('.') ? rest.slice(1) : rest;
  if (rest.startsWith('[') || !bare.startsWith(key)) return undefined;
  const after = bare.slice(key.length);
  return after === '' || after.startsWith('.') || after.startsWith('[') ? after : undefined;
};

const inMap = (place: Place, pairs: readonly Pair[], rest: string): Step | undefined => {
  let best: Step | undefined;
  for (const pair of pairs) {
    const after = afterKey(rest, place.keyOf(pair));
    // Keys may contain dots: the longest one that fits. Of duplicates the last one counts.
    if (after !== undefined && (best === undefined || after.length <= best.rest.length))
      best = { key: pair.key, value: pair.value, rest: after };
  }
  if (best !== undefined) return best;
  const merges = pairs.filter((pair) => isScalar(pair.key) && pair.key.value === '<<').flatMap((pair) => mergeSources(place, pair.value));
  for (const source of merges) {
    const step = isMap(source) ? inMap(place, source.items, rest) : undefined;
    if (step !== undefined) return step;
  }
  return undefined;
};

const mergeSources = (place: Place, value: unknown): unknown[] => {
  const node = isAlias(value) ? place.resolve(value) : value;
  return isSeq(node) ? node.items.map((item) => (isAlias(item) ? place.resolve(item) : item)) : [node];
};

const stepInto = (place: Place, node: unknown, rest: string): Step | undefined => {
  if (isMap(node)) return inMap(place, node.items, rest);
  const index = isSeq(node) ? /^\[(\d+)\]/.exec(rest) : null;
  if (!isSeq(node) || !index) return undefined;
  const item = node.items[Number(index[1])];
  return item === undefined ? undefined : { value: item, rest: rest.slice(index[0].length) };
};

/** The offset of the field's key or value; if it is not there, of the key (or list item) of its nearest parent. */
export const find = (place: Place, field: string, of: 'key' | 'value'): number => {
  let rest = place.prefix === '' ? field : `${place.prefix}${field === '' || field.startsWith('[') ? '' : '.'}${field}`;
  let here: Step = { value: place.node, rest };
  while (rest !== '') {
    const node = isAlias(here.value) ? place.resolve(here.value) : here.value;
    const next = stepInto(place, node, rest);
    if (next === undefined) return startOf(here.key) ?? startOf(here.value) ?? 0;
    here = next;
    rest = next.rest;
  }
  const wanted = of === 'key' ? (startOf(here.key) ?? startOf(here.value)) : emptyAware(here);
  return wanted ?? startOf(place.node) ?? 0;
};

/** A value that is not written (`image:`) stands where its key is. */
const emptyAware = (step: Step): number | undefined => {
  if (isScalar(step.value) && step.value.source === '' && step.key !== undefined) return startOf(step.key);
  return startOf(step.value) ?? startOf(step.key);
};
