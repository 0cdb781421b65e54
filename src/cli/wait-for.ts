/** What `wait --for=…` waits for. Pure. */
import { PodsteadError } from '../api/errors.ts';
import { isObject } from '../api/json.ts';
import { compilePath } from '../api/jsonpath.ts';
import type { KubeObject } from '../api/objects.ts';

export interface Goal {
  /** `gone` and `there` are about the object's existence, else `met` decides. */
  readonly kind: 'gone' | 'there' | 'met';
  readonly met: (object: KubeObject) => boolean;
}

const refuse = (text: string) =>
  new PodsteadError('USAGE', `--for: ${JSON.stringify(text)} is not understood`, {
    remedy: "--for=delete, --for=create, --for=condition=Ready, --for=condition=Ready=false or --for=jsonpath='{.status.phase}'=Running",
  });

/** Throws USAGE. */
export function parseGoal(text: string): Goal {
  const lower = text.toLowerCase();
  if (lower === 'delete') return { kind: 'gone', met: () => false };
  if (lower === 'create') return { kind: 'there', met: () => true };
  if (lower.startsWith('condition=')) return conditionGoal(text.slice('condition='.length), text);
  if (lower.startsWith('jsonpath=')) return pathGoal(text.slice('jsonpath='.length), text);
  throw refuse(text);
}

function conditionGoal(rest: string, text: string): Goal {
  const [type = '', wanted = 'true'] = rest.split('=');
  if (type === '') throw refuse(text);
  return { kind: 'met', met: (object) => conditionHolds(object, type.toLowerCase(), wanted.toLowerCase()) };
}

/** A status that is about an older spec counts for nothing. */
function conditionHolds(object: KubeObject, type: string, wanted: string): boolean {
  const status = isObject(object['status']) ? object['status'] : {};
  const generation = object.metadata.generation ?? 0;
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isObject) : [];
  const condition = conditions.find((c) => String(c['type']).toLowerCase() === type);
  if (!condition || String(condition['status']).toLowerCase() !== wanted) return false;
  const observed = condition['observedGeneration'] ?? status['observedGeneration'];
  return typeof observed !== 'number' || observed >= generation;
}

function pathGoal(rest: string, text: string): Goal {
  // the path may hold an = inside of its braces, the value follows after them
  const match = /^(\{[\s\S]*\}|[^={}]+)(?:=([\s\S]*))?$/.exec(rest.replace(/^'([\s\S]*)'$/, '$1'));
  if (!match) throw refuse(text);
  const read = compilePath(match[1] ?? '');
  const wanted = match[2];
  if (wanted === undefined) return { kind: 'met', met: (object) => read(object).length > 0 };
  return {
    kind: 'met',
    met: (object) => {
      const values = read(object);
      return values.length === 1 && String(values[0]) === wanted;
    },
  };
}
