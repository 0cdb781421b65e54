/** The form in which the API server keeps what it was sent: without nulls, empty lists and zeros that mean "not set". */
import { isObject, type JsonObject } from './json.ts';
import type { KubeObject } from './objects.ts';
import { quantityText } from './quantity-text.ts';
import { fieldsOf, isScalarOk, plainBase64, typeOf } from './structure.ts';

/** What an explicit null is within a list or a map, where nothing can be left out. */
const zeroOf = (code: string): unknown => {
  if (code === 's' || code === 'y') return '';
  if (code === 'q') return '0';
  if (code === 'b') return false;
  if (code === 'i' || code === 'I' || code === 'f' || code === 'x') return 0;
  return code[0] === '[' ? [] : code[0] === '@' || code[0] === '{' ? {} : null;
};

const MARKS = /[-!]+$/;

/** undefined: not of this type, so it counts as not set. */
const normal = (code: string, value: unknown): unknown => {
  switch (code[0]) {
    case '[':
      return Array.isArray(value) ? value.map((item) => itemOf(code.slice(1), item)) : undefined;
    case '{':
      return isObject(value) ? mapOf(code.slice(1), value) : undefined;
    case '@':
      return isObject(value) ? fieldsIn(code.slice(1), value) : undefined;
    case 'q':
      return quantityText(value);
    case 'y':
      return isScalarOk(code, value) ? plainBase64(String(value)) : undefined;
    default:
      return isScalarOk(code, value) ? value : undefined;
  }
};

const itemOf = (code: string, value: unknown): unknown =>
  value === null || value === undefined ? zeroOf(code) : (normal(code, value) ?? zeroOf(code));

const mapOf = (code: string, value: JsonObject): JsonObject => {
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const kept = item === null || item === undefined ? zeroOf(code) : normal(code, item);
    if (kept !== undefined) result[key] = kept;
  }
  return result;
};

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

const isUnset = (code: string, marks: string, value: unknown): boolean => {
  if (value === null || value === undefined) return true;
  if (marks.includes('!')) return false;
  if (code[0] === '[' || code[0] === '{') return isEmpty(value);
  return marks.includes('-') && isZero(value);
};

const fieldsIn = (type: string, value: JsonObject): JsonObject => {
  const fields = fieldsOf(type);
  if (fields === undefined || Object.keys(fields).length === 0) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const written = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (written === undefined) continue;
    const code = written.replace(MARKS, '');
    if (isUnset(code, written.slice(code.length), item)) continue;
    const kept = normal(code, item);
    if (kept !== undefined) result[key] = kept;
  }
  return result;
};

/** A new object; fields that do not exist and values of the wrong type are left out. */
export const normalForm = (object: KubeObject): KubeObject => {
  const type = typeOf(object.apiVersion, object.kind);
  if (type === undefined) return structuredClone(object);
  const result = fieldsIn(type, object);
  return { ...result, apiVersion: object.apiVersion, kind: object.kind, metadata: isObject(result['metadata']) ? result['metadata'] : {} };
};
