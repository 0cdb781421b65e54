/** Filling in fields of an object that is being made. */
import { isObject, type JsonObject } from '../json.ts';

/** Gives the field this value if it has none. */
export const setDefault = (object: JsonObject, key: string, value: unknown): void => {
  if (object[key] === undefined || object[key] === null) object[key] = value;
};

/** The map in this field, made if there is none. */
export const ensureRecord = (object: JsonObject, key: string): JsonObject => {
  const value = object[key];
  if (isObject(value)) return value;
  const made: JsonObject = {};
  if (value === undefined || value === null) object[key] = made;
  return made;
};
