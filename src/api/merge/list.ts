/** Lists as strategic merge sees them: elements found by their merge key, and put in order. */
import { isObject, type JsonObject, sameJson } from '../json.ts';
import { badRequest } from '../status.ts';

/** `''`: a list of scalars. */
export type MergeKey = string;

export const keyText = (item: unknown, key: MergeKey): string => {
  const value = isObject(item) ? item[key] : undefined;
  if (value === undefined) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  return typeof value === 'string' ? value : JSON.stringify(value);
};

export const indexIn = (list: readonly unknown[], item: unknown, key: MergeKey): number => {
  if (key === '') return list.findIndex((other) => sameJson(other, item));
  const text = keyText(item, key);
  return list.findIndex((other) => keyText(other, key) === text);
};

const isDeletion = (item: unknown): boolean => isObject(item) && item['$patch'] === 'delete';

/** Stable: what `order` names comes in its order; what it does not name stays where it is, relative to its neighbours. */
export const inOrderOf = (items: readonly unknown[], order: readonly unknown[], key: MergeKey): unknown[] => {
  const live = key === '' ? [...items] : items.filter((item) => !isDeletion(item));
  const deletions = key === '' ? [] : items.filter(isDeletion);
  const ranked = live.map((item) => ({ item, rank: indexIn(order, item, key) }));
  for (let i = 1; i < ranked.length; i++)
    for (let j = i; j > 0; j--) {
      const [left, right] = [ranked[j - 1], ranked[j]];
      if (!left || !right || left.rank < 0 || right.rank < 0 || left.rank <= right.rank) break;
      ranked[j - 1] = right;
      ranked[j] = left;
    }
  return [...ranked.map(({ item }) => item), ...deletions];
};

/** The patch's items in the patch's order, and between them the server's own where the server had them. */
export const combineOrders = (
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  key: MergeKey,
): unknown[] => {
  const named = merged.filter((item) => indexIn(patchOrder, item, key) >= 0);
  const own = merged.filter((item) => indexIn(patchOrder, item, key) < 0);
  const right = inOrderOf(named, patchOrder, key);
  const left = inOrderOf(own, serverOrder, key);
  const result: unknown[] = [];
  while (left.length > 0 && right.length > 0) {
    const [l, r] = [indexIn(serverOrder, left[0], key), indexIn(serverOrder, right[0], key)];
    result.push(l >= 0 && r >= 0 && l < r ? left.shift() : right.shift());
  }
  return [...result, ...left, ...right];
};

export const sameOrder = (a: readonly unknown[], b: readonly unknown[], key: MergeKey): boolean =>
  a.length === b.length && a.every((item, i) => keyText(item, key) === keyText(b[i], key));

export const sortByKey = (items: readonly JsonObject[], key: MergeKey): JsonObject[] => {
  const keyed = items.map((item) => ({ item, text: keyText(item, key) }));
  return keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)).map(({ item }) => item);
};

export const isListOfMaps = (...lists: (readonly unknown[])[]): boolean => {
  const items = lists.flat();
  return items.length > 0 && items.every(isObject);
};
