/** What `-o` asks for. Pure. */
import { PodsteadError } from '../api/errors.ts';

export type Format =
  | { as: 'table'; wide: boolean }
  | { as: 'json' }
  | { as: 'yaml' }
  | { as: 'name' }
  | { as: 'jsonpath'; template: string }
  | { as: 'columns'; columns: { head: string; path: string }[] };

const EXAMPLE = "-o json, yaml, wide, name, jsonpath='{.status.phase}', custom-columns=NAME:.metadata.name";

/** Throws USAGE. */
export function parseFormat(text: string | undefined): Format {
  if (text === undefined) return { as: 'table', wide: false };
  const at = text.indexOf('=');
  const word = at < 0 ? text : text.slice(0, at);
  const argument = at < 0 ? undefined : text.slice(at + 1);
  if (argument === undefined) {
    if (word === 'wide') return { as: 'table', wide: true };
    if (word === 'json' || word === 'yaml' || word === 'name') return { as: word };
  } else if (argument !== '') {
    if (word === 'jsonpath') return { as: 'jsonpath', template: argument };
    if (word === 'custom-columns') return { as: 'columns', columns: argument.split(',').map(parseColumn) };
  }
  throw new PodsteadError('USAGE', `-o: ${JSON.stringify(text)} is not a format`, { remedy: EXAMPLE });
}

function parseColumn(text: string): { head: string; path: string } {
  const at = text.indexOf(':');
  if (at <= 0 || at === text.length - 1) {
    throw new PodsteadError('USAGE', `-o custom-columns: ${JSON.stringify(text)} is not HEADER:.path.of.field`, { remedy: EXAMPLE });
  }
  return { head: text.slice(0, at), path: text.slice(at + 1) };
}
