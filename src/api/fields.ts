/** Reading JSON fields whose type is not certain: a value of another type counts as absent. */
import { isObject, type JsonObject } from './json.ts';

export const recordAt = (object: JsonObject | undefined, key: string): JsonObject | undefined => {
  const value = object?.[key];
  return isObject(value) ? value : undefined;
};

/** Its items that are maps, with their index in the list. */
export const itemsAt = (object: JsonObject | undefined, key: string): [number, JsonObject][] => {
  const value = object?.[key];
  if (!Array.isArray(value)) return [];
  return [...value.entries()].filter((entry): entry is [number, JsonObject] => isObject(entry[1]));
};

export const recordsAt = (object: JsonObject | undefined, key: string): JsonObject[] => itemsAt(object, key).map(([, item]) => item);

export const stringsAt = (object: JsonObject | undefined, key: string): string[] => {
  const value = object?.[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

/** '' when absent: the API does not tell the two apart. */
export const textAt = (object: JsonObject | undefined, key: string): string => {
  const value = object?.[key];
  return typeof value === 'string' ? value : '';
};

export const numberAt = (object: JsonObject | undefined, key: string): number | undefined => {
  const value = object?.[key];
  return typeof value === 'number' ? value : undefined;
};

export const flagAt = (object: JsonObject | undefined, key: string): boolean => object?.[key] === true;

/** A map of strings: labels, annotations, quantities. */
export const wordsAt = (object: JsonObject | undefined, key: string): Record<string, string> => {
  const value = recordAt(object, key) ?? {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
};

export const has = (object: JsonObject | undefined, key: string): boolean => object?.[key] !== undefined && object[key] !== null;
