/**
 * The shape of objects: which fields there are and what they hold (structure.json, generated).
 * Codes: s string, b boolean, i int32, I int64, f number, q quantity, t time, T time with microseconds, y base64 bytes,
 * x number or string, o anything, @Name a type; `[` a list of, `{` a map to; `-` behind it: zero means not set; `!`: required.
 */
import type { Fault, FaultReason } from './fault.ts';
import { isObject, type JsonObject } from './json.ts';
import type { KubeObject } from './objects.ts';
import { quantityText } from './quantity-text.ts';
import structure from './structure.json' with { type: 'json' };
import { suggestField } from './suggestion.ts';

export type Fields = Readonly<Record<string, string>>;
const types: Readonly<Record<string, Fields>> = structure.types;
const kinds: Readonly<Record<string, string>> = structure.kinds;

/** The name of the type of a kind, or undefined when its shape is not known here. */
export const typeOf = (apiVersion: string, kind: string): string | undefined => kinds[`${apiVersion} ${kind}`];
export const fieldsOf = (type: string): Fields | undefined => types[type];

const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const INT32 = 2 ** 31;
const INT64 = 2 ** 63;
const isInteger = (value: unknown, bound: number) =>
  typeof value === 'number' && Number.isInteger(value) && value >= -bound && value < bound;
/** A Go decoder ignores line breaks within base64. */
export const plainBase64 = (text: string): string => text.replace(/[\r\n]/g, '');

interface Rule {
  ok: (value: unknown) => boolean;
  want: string;
  reason: FaultReason;
}
const isTime = (value: unknown) => typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
const SCALARS: Readonly<Record<string, Rule>> = {
  s: { ok: (v) => typeof v === 'string', want: 'a string', reason: 'WrongType' },
  b: { ok: (v) => typeof v === 'boolean', want: 'true or false', reason: 'WrongType' },
  i: { ok: (v) => isInteger(v, INT32), want: 'a whole number', reason: 'WrongType' },
  I: { ok: (v) => isInteger(v, INT64), want: 'a whole number', reason: 'WrongType' },
  f: { ok: (v) => typeof v === 'number', want: 'a number', reason: 'WrongType' },
  x: { ok: (v) => typeof v === 'string' || isInteger(v, INT32), want: 'a whole number or a string', reason: 'WrongType' },
  q: { ok: (v) => quantityText(v) !== undefined, want: 'a quantity like 500m, 2 or 64Mi', reason: 'BadQuantity' },
  t: { ok: isTime, want: 'a time like 2006-01-02T15:04:05Z', reason: 'BadTime' },
  T: { ok: isTime, want: 'a time like 2006-01-02T15:04:05.000000Z', reason: 'BadTime' },
  y: { ok: (v) => typeof v === 'string' && BASE64.test(plainBase64(v)), want: 'base64', reason: 'BadBase64' },
};

/** Whether a value is right for a code without `[`, `{` and `@`. */
export const isScalarOk = (code: string, value: unknown): boolean => SCALARS[code]?.ok(value) ?? true;

const describe = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a map';
  if (typeof value === 'string') return value.length > 40 ? 'a string' : `the string ${JSON.stringify(value)}`;
  return typeof value === 'number' ? `the number ${value}` : String(value);
};

const scalarHint = (code: string, value: unknown): string => {
  if (code === 's' && (typeof value === 'number' || typeof value === 'boolean')) return ` (write it in quotes: "${value}")`;
  if (code === 'y' && typeof value === 'string') return ' (plain text belongs in stringData)';
  const number = typeof value === 'string' ? Number(value) : Number.NaN;
  if ((code === 'i' || code === 'I') && Number.isInteger(number)) return ` (write it without quotes: ${value})`;
  if (code === 'b' && (value === 'true' || value === 'false')) return ` (write it without quotes: ${value})`;
  return '';
};

const wrong = (field: string, reason: FaultReason, want: string, value: unknown, hint = ''): Fault => ({
  reason,
  field,
  message: `must be ${want}, not ${describe(value)}${hint}`,
});

const checkScalar = (code: string, value: unknown, path: string, faults: Fault[]): void => {
  const rule = SCALARS[code];
  if (rule === undefined || rule.ok(value)) return;
  // What is not even text is no time and no bytes for the server either, but it calls it a wrong type.
  const typed = (code === 'y' || code === 't' || code === 'T') && typeof value !== 'string';
  faults.push(wrong(path, typed ? 'WrongType' : rule.reason, rule.want, value, scalarHint(code, value)));
};

const checkValue = (code: string, value: unknown, path: string, faults: Fault[]): void => {
  if (value === null || value === undefined) return;
  const rest = code.slice(1);
  if (code[0] === '[') {
    if (!Array.isArray(value)) faults.push(wrong(path, 'WrongType', 'a list', value));
    else for (const [i, item] of value.entries()) checkValue(rest, item, `${path}[${i}]`, faults);
  } else if (code[0] === '{') {
    if (!isObject(value)) faults.push(wrong(path, 'WrongType', 'a map', value));
    else for (const [key, item] of Object.entries(value)) checkValue(rest, item, `${path}[${key}]`, faults);
  } else if (code[0] === '@') {
    if (!isObject(value)) faults.push(wrong(path, 'WrongType', 'a map', value));
    else checkFields(rest, value, path, faults);
  } else checkScalar(bare(code), value, path, faults);
};

const bare = (code: string): string => code.replace(/[-!]+$/, '');

const unknownField = (type: string, key: string, path: string): Fault => {
  const suggestion = suggestField(key, types, type);
  return {
    reason: 'UnknownField',
    field: path,
    message: `unknown field${suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`}`,
  };
};

const checkFields = (type: string, value: JsonObject, path: string, faults: Fault[]): void => {
  const fields = types[type];
  // FieldsV1 and the like: any content.
  if (fields === undefined || Object.keys(fields).length === 0) return;
  for (const [key, item] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const code = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (code === undefined) faults.push(unknownField(type, key, at));
    else checkValue(bare(code), item, at, faults);
  }
};

/** Unknown fields and values of the wrong type, in the order of the object. Kinds of unknown shape have no faults. */
export const checkStructure = (object: KubeObject): Fault[] => {
  const type = typeOf(object.apiVersion, object.kind);
  const faults: Fault[] = [];
  if (type !== undefined) checkFields(type, object, '', faults);
  return faults;
};

/** The field as the server names it: types, quantities, times and base64 are decoded before it counts list items. */
export const serverField = (fault: Fault): string => {
  if (fault.reason === 'WrongType') return fault.field.replace(/\[.*?\](?=[.[]|$)/g, '');
  return /^Bad(Quantity|Base64|Time)$/.test(fault.reason) ? '' : fault.field;
};
