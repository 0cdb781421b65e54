/** JSON Patch (RFC 6902). Nothing is changed in place. */
import { copyJson, isObject, sameJson } from './json.ts';
import { ApiError, badRequest } from './status.ts';

interface Operation {
  op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  path: string;
  from?: string;
  value?: unknown;
}
type Place = { parent: Record<string, unknown>; key: string } | { parent: unknown[]; key: number };

const unprocessable = (message: string) =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Invalid', message, code: 422 });

const NAMES = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);
const readOperations = (patch: unknown): Operation[] => {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  for (const item of patch as unknown[]) {
    if (!isObject(item) || typeof item['op'] !== 'string' || !NAMES.has(item['op']))
      throw badRequest(`not a JSON patch operation: ${JSON.stringify(item)}`);
    if (typeof item['path'] !== 'string') throw badRequest(`${item['op']}: the path is missing`);
    if ((item['op'] === 'move' || item['op'] === 'copy') && typeof item['from'] !== 'string')
      throw badRequest(`${item['op']}: from is missing`);
    if (/^(add|replace|test)$/.test(item['op']) && !Object.hasOwn(item, 'value')) throw badRequest(`${item['op']}: value is missing`);
  }
  return patch as Operation[];
};

const tokens = (pointer: string): string[] => {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw badRequest(`not a JSON pointer: ${pointer}`);
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
};

const missing = (pointer: string) => unprocessable(`the path ${pointer} does not exist`);

const step = (value: unknown, token: string, pointer: string): unknown => {
  if (Array.isArray(value) && /^(0|[1-9]\d*)$/.test(token) && Number(token) < value.length) return value[Number(token)];
  if (isObject(value) && Object.hasOwn(value, token)) return value[token];
  throw missing(pointer);
};

const valueAt = (root: unknown, pointer: string): unknown => tokens(pointer).reduce((value, token) => step(value, token, pointer), root);

const place = (root: unknown, pointer: string, adding: boolean): Place => {
  const path = tokens(pointer);
  const last = path.pop();
  if (last === undefined) throw badRequest('the whole document cannot be removed');
  const parent = path.reduce((value, token) => step(value, token, pointer), root);
  if (Array.isArray(parent)) {
    const at = last === '-' ? parent.length : /^(0|[1-9]\d*)$/.test(last) ? Number(last) : Number.NaN;
    if (!(at <= parent.length - (adding ? 0 : 1))) throw missing(pointer);
    return { parent, key: at };
  }
  if (!isObject(parent) || (!adding && !Object.hasOwn(parent, last))) throw missing(pointer);
  return { parent, key: last };
};

/** For plain objects too: a field called __proto__ is a field. */
const setField = (parent: Record<string, unknown>, key: string, value: unknown): void => {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
};

const add = (root: unknown, pointer: string, value: unknown): unknown => {
  if (pointer === '') return value;
  const target = place(root, pointer, true);
  if (typeof target.key === 'number') (target.parent as unknown[]).splice(target.key, 0, value);
  else setField(target.parent as Record<string, unknown>, target.key, value);
  return root;
};

const remove = (root: unknown, pointer: string): unknown => {
  const target = place(root, pointer, false);
  if (typeof target.key === 'number') (target.parent as unknown[]).splice(target.key, 1);
  else delete (target.parent as Record<string, unknown>)[target.key];
  return root;
};

const perform = (root: unknown, operation: Operation): unknown => {
  const { op, path, from = '', value } = operation;
  switch (op) {
    case 'add':
      return add(root, path, copyJson(value));
    case 'remove':
      return remove(root, path);
    case 'replace':
      if (path === '') return copyJson(value);
      valueAt(root, path);
      return add(remove(root, path), path, copyJson(value));
    case 'copy':
      return add(root, path, copyJson(valueAt(root, from)));
    case 'move': {
      if (path.startsWith(`${from}/`)) throw unprocessable(`${from} cannot be moved into itself`);
      const moved = valueAt(root, from);
      return path === from ? root : add(remove(root, from), path, moved);
    }
    case 'test':
      if (!sameJson(valueAt(root, path), value)) throw unprocessable(`testing value ${path} failed`);
      return root;
  }
};

/** Throws BadRequest (400) when it is no patch, Invalid (422) when it does not fit the object or a test fails. */
export const jsonPatch = <T>(live: T, patch: unknown): T =>
  readOperations(patch).reduce<unknown>((root, operation) => perform(root, operation), copyJson(live)) as T;
