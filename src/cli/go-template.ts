/** The part of Go's templates that `--format` and `-f` are used with: `{{.Names}}`, `{{json .State}}`, `{{index .Labels "app"}}`. Pure. */
import { PodsteadError } from '../api/errors.ts';
import { isObject } from '../api/json.ts';

type Part = { text: string } | { path: string[]; json: boolean };

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
const WORD = /\s*(\.[\w.-]*|"(?:[^"\\]|\\.)*"|\d+|\w+)/y;

const unreadable = (template: string, what: string) =>
  new PodsteadError('USAGE', `the template ${JSON.stringify(template)} has ${JSON.stringify(what)}, which is not understood here`, {
    remedy: 'fields such as {{.Names}}, {{json .State}} and {{index .Labels "app"}} are; for more use --format json and jq',
  });

/** Throws USAGE. */
export function compileTemplate(template: string): (value: unknown) => string {
  const parts = parse(template);
  return (value) => parts.map((part) => ('text' in part ? part.text : shown(lookUp(value, part.path, template), part.json))).join('');
}

/** The field of the template when it is just one, for column heads: `{{.Names}}` → `Names`. */
export const templateFields = (template: string): string[] =>
  parse(template).flatMap((part) => ('path' in part ? [part.path.join('.')] : []));

function parse(template: string): Part[] {
  const parts: Part[] = [];
  const open = template.replace(/\{\{[\s\S]*?\}\}/g, '').match(/\{\{[\s\S]*/);
  if (open) throw unreadable(template, open[0]);
  const pieces = template.split(/\{\{-?([\s\S]*?)-?\}\}/);
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 1) parts.push(parseAction(piece, template));
    else if (piece !== '') parts.push({ text: piece.replace(/\\([ntr\\])/g, (_, c: string) => ESCAPES[c] ?? c) });
  }
  return parts;
}

function parseAction(action: string, template: string): Part {
  const words: string[] = [];
  WORD.lastIndex = 0;
  let at = 0;
  for (let match = WORD.exec(action); match; match = WORD.exec(action)) {
    words.push(match[1] ?? '');
    at = WORD.lastIndex;
  }
  const [first = '', ...rest] = words;
  const path = rest[0]?.startsWith('.') ? fields(rest[0]) : undefined;
  if (action.slice(at).trim() !== '') throw unreadable(template, action.trim());
  if (first.startsWith('.') && rest.length === 0) return { path: fields(first), json: false };
  if (first === 'json' && path && rest.length === 1) return { path, json: true };
  if (first === 'index' && path && rest.length > 1) return { path: [...path, ...rest.slice(1).map(literal)], json: false };
  throw unreadable(template, action.trim());
}

const fields = (text: string): string[] => text.split('.').filter((part) => part !== '');
const literal = (word: string): string => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word);

/** Field names are compared without case: docker and podman differ in it. */
function lookUp(value: unknown, path: readonly string[], template: string): unknown {
  let current = value;
  for (const [depth, name] of path.entries()) {
    if (Array.isArray(current)) current = current[Number(name)];
    else if (isObject(current)) {
      const key = Object.hasOwn(current, name) ? name : Object.keys(current).find((k) => k.toLowerCase() === name.toLowerCase());
      if (key === undefined && depth === 0) throw unreadable(template, `.${name}`);
      current = key === undefined ? undefined : current[key];
    } else current = undefined;
  }
  return current;
}

function shown(value: unknown, json: boolean): string {
  if (json) return JSON.stringify(value ?? null);
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((item) => shown(item, false)).join(',');
  return isObject(value) ? JSON.stringify(value) : String(value);
}
