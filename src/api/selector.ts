/** Label and field selectors: parse, match, print. An empty selector matches everything. */
import { PodsteadError } from './errors.ts';
import type { LabelSelector } from './objects.ts';

export type Operator = '=' | '!=' | 'in' | 'notin' | 'exists' | 'absent';
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** One for = and !=, at least one for in and notin, none for exists and absent. */
  readonly values: readonly string[];
}
/** All requirements must hold. */
export type Selector = readonly Requirement[];
export type Labels = Readonly<Record<string, string>>;

const KEY = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const refuse = (text: string, why: string) =>
  new PodsteadError('USAGE', `unable to parse the label selector ${JSON.stringify(text)}: ${why}`, {
    remedy: 'examples: app=web · env!=prod · tier in (a,b) · track notin (x) · key · !key',
  });

/** Splits at commas that are not inside parentheses. */
const splitTerms = (text: string): string[] => {
  const terms: string[] = [];
  let depth = 0;
  let term = '';
  for (const char of text) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      terms.push(term);
      term = '';
    } else term += char;
  }
  terms.push(term);
  return terms;
};

const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUAL = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/;

const parseTerm = (term: string, text: string): Requirement => {
  const set = SET.exec(term);
  if (set) return { key: set[1] ?? '', operator: set[2] as 'in' | 'notin', values: (set[3] ?? '').split(',').map((v) => v.trim()) };
  const equal = EQUAL.exec(term);
  if (equal) return { key: equal[1] ?? '', operator: equal[2] === '!=' ? '!=' : '=', values: [equal[3] ?? ''] };
  if (/^!\s*\S+$/.test(term)) return { key: term.slice(1).trim(), operator: 'absent', values: [] };
  if (/^\S+$/.test(term)) return { key: term, operator: 'exists', values: [] };
  throw refuse(text, `found ${JSON.stringify(term)}`);
};

/** `a=b,c!=d,e in (x,y),g notin (z),f,!h`. Throws USAGE. */
export const parseSelector = (text: string): Selector => {
  if (text.trim() === '') return [];
  return splitTerms(text).map((raw) => {
    const term = raw.trim();
    if (term === '') throw refuse(text, 'a term is empty');
    const requirement = parseTerm(term, text);
    if (!KEY.test(requirement.key)) throw refuse(text, `${JSON.stringify(requirement.key)} is not a label key`);
    for (const value of requirement.values) if (!VALUE.test(value)) throw refuse(text, `${JSON.stringify(value)} is not a label value`);
    return requirement;
  });
};

const meets = (r: Requirement, value: string | undefined): boolean => {
  switch (r.operator) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case '=':
    case 'in':
      return value !== undefined && r.values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !r.values.includes(value);
  }
};

const own = (labels: Labels | undefined, key: string): string | undefined =>
  labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;

export const matchesSelector = (selector: Selector, labels: Labels | undefined): boolean =>
  selector.every((r) => meets(r, own(labels, r.key)));

const printTerm = (r: Requirement): string => {
  if (r.operator === 'exists') return r.key;
  if (r.operator === 'absent') return `!${r.key}`;
  if (r.operator === 'in' || r.operator === 'notin') return `${r.key} ${r.operator} (${r.values.join(',')})`;
  return `${r.key}${r.operator}${r.values[0] ?? ''}`;
};
/** Text that parseSelector reads back. */
export const formatSelector = (selector: Selector): string => selector.map(printTerm).join(',');

const OPERATORS: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: 'absent' };

/** A LabelSelector as it stands in objects. Throws USAGE for an operator that does not exist. */
export const fromLabelSelector = (selector: LabelSelector): Selector => [
  ...Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: '=', values: [value] })),
  ...(selector.matchExpressions ?? []).map((e): Requirement => {
    const operator = OPERATORS[e.operator];
    if (operator === undefined) throw refuse(e.operator, 'not an operator: In, NotIn, Exists, DoesNotExist');
    return { key: e.key, operator, values: e.values ?? [] };
  }),
];

/** Kubernetes's rule: no selector matches nothing, an empty one everything. */
export const matchesLabelSelector = (selector: LabelSelector | undefined, labels: Labels | undefined): boolean =>
  selector !== undefined && matchesSelector(fromLabelSelector(selector), labels);

export interface FieldRequirement {
  /** `status.phase` */
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}
export type FieldSelector = readonly FieldRequirement[];

/** `metadata.name=web,status.phase!=Running`; in values `\,` `\=` and `\\` stand for themselves. Throws USAGE. */
export const parseFieldSelector = (text: string): FieldSelector => {
  if (text === '') return [];
  return (text.match(/(?:\\[\s\S]|[^,\\])+/g) ?? []).map((term) => {
    const match = /^\s*([A-Za-z0-9.]+)\s*(==|=|!=)([\s\S]*)$/.exec(term);
    if (!match)
      throw new PodsteadError('USAGE', `invalid field selector ${JSON.stringify(text)}: can't understand ${JSON.stringify(term)}`);
    const value = (match[3] ?? '').replace(/\\([\s\S])/g, '$1');
    return { field: match[1] ?? '', equal: match[2] !== '!=', value };
  });
};

/** `fields` are the values of one object; a field it does not have counts as empty. */
export const matchesFields = (selector: FieldSelector, fields: Readonly<Record<string, string>>): boolean =>
  selector.every((r) => ((fields[r.field] ?? '') === r.value) === r.equal);
