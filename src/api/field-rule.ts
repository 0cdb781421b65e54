/** Rules about single fields of an object, wherever a pattern finds them. */
import { isObject, type JsonObject } from './json.ts';

export interface FieldRule {
  /** `containers[*].livenessProbe.grpc`; `[*]` any item of a list, `*` any field or key of a map. */
  field: string;
  /** Only then; `name` is the key that `*` found last, `parent` what holds the field. Without it: whenever the field says something. */
  when?: (value: unknown, name: string, root: JsonObject, parent: unknown) => boolean;
  message: string;
  /** `false` says something here, unlike elsewhere: it is what the rule is about. */
  denied?: true;
}

export interface Found {
  field: string;
  value: unknown;
  name: string;
  parent: unknown;
}

const isSaid = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return true;
};

const step = (found: Found, word: string): Found[] => {
  const { field, value } = found;
  if (word === '[*]')
    return Array.isArray(value)
      ? [...value.entries()].map(([i, item]) => ({ ...found, field: `${field}[${i}]`, value: item, parent: value }))
      : [];
  if (!isObject(value)) return [];
  const path = (key: string) => (field === '' ? key : `${field}.${key}`);
  if (word === '*')
    return Object.entries(value).map(([key, item]) => ({
      field: /^\w+$/.test(key) ? path(key) : `${field}[${key}]`,
      value: item,
      name: key,
      parent: value,
    }));
  return Object.hasOwn(value, word) ? [{ field: path(word), value: value[word], name: word, parent: value }] : [];
};

/** Everything the pattern fits, with its path from the root. */
export const findFields = (root: JsonObject, pattern: string, prefix = ''): Found[] => {
  let found: Found[] = [{ field: prefix, value: root, name: '', parent: undefined }];
  for (const word of pattern.match(/\[\*\]|[^.[]+/g) ?? []) found = found.flatMap((f) => step(f, word));
  return found;
};

/** Patterns with `{a,b}` stand for one each. */
const alternatives = (pattern: string): string[] => {
  const match = /\{([^}]*)\}/.exec(pattern);
  if (!match) return [pattern];
  return (match[1] ?? '').split(',').flatMap((word) => alternatives(pattern.replace(match[0], word)));
};

/** What the rules say about an object, in the order of the rules. */
export const applyRules = (rules: readonly FieldRule[], root: JsonObject, prefix = ''): { field: string; message: string }[] =>
  rules.flatMap((rule) =>
    alternatives(rule.field)
      .flatMap((pattern) => findFields(root, pattern, prefix))
      .filter(
        ({ value, name, parent }) => (rule.denied ? value === false : isSaid(value)) && (rule.when?.(value, name, root, parent) ?? true),
      )
      .map(({ field, name }) => ({ field, message: rule.message.replace('{}', name) })),
  );
