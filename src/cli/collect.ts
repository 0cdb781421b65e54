/** The objects that a writing command is about. */
import { PodsteadError } from '../api/errors.ts';
import { type KindInfo, resourceOfKind } from '../api/kinds.ts';
import type { Stored } from '../api/objects.ts';
import { type ApiError, notFound } from '../api/status.ts';
import type { Given } from './command.ts';
import type { Context } from './context.ts';
import { describeError } from './faults.ts';
import type { Reader } from './reader.ts';
import { selectObjects } from './selection.ts';
import { parseTargets, type Target } from './targets.ts';
import type { OptionSpec } from './words.ts';

export interface NamedTarget extends Target {
  /** Of the manifest, when the object comes from one. */
  readonly namespace?: string;
}

export interface Chosen {
  kind: KindInfo;
  object: Stored;
}
export interface Collection {
  found: Chosen[];
  /** One for each name that is not there. */
  missing: ApiError[];
}

export const FILE_OPTIONS: readonly OptionSpec[] = [
  { flags: '-f, --filename <file>', help: 'the objects that a file, directory, URL or - (standard input) names', many: true },
  { flags: '-R, --recursive', help: 'with -f: directories below as well' },
];

/** From names, kinds with `-l`, `--field-selector` or `--all`, or files. Throws USAGE when it is left open which. */
export async function targetsOf(context: Context, { operands, options }: Given, all: boolean): Promise<NamedTarget[]> {
  const files = options.list('filename');
  if (files.length > 0) {
    if (operands.length > 0) throw new PodsteadError('USAGE', 'either -f or names, not both');
    const { manifestTargets } = await import('./manifest-objects.ts');
    return manifestTargets(context, files, options.flag('recursive'));
  }
  const targets = parseTargets(operands);
  const named = targets.some((target) => target.name !== undefined);
  if (named && options.has('selector')) throw new PodsteadError('USAGE', 'either a selector or names, not both');
  if (!named && !all && !options.has('selector')) {
    throw new PodsteadError('USAGE', 'say which objects: by name, with -l, or --all');
  }
  return targets;
}

export async function collect(
  reader: Reader,
  targets: readonly NamedTarget[],
  namespace: string | undefined,
  labels?: string,
  fields?: string,
): Promise<Collection> {
  const collection: Collection = { found: [], missing: [] };
  for (const { kind, name, namespace: own } of targets) {
    if (name === undefined) {
      const objects = await reader.list(kind, kind.namespaced ? namespace : undefined);
      collection.found.push(
        ...selectObjects(objects, labels, fields === undefined ? undefined : { selector: fields, kind: kind.kind }).map((object) => ({
          kind,
          object,
        })),
      );
    } else {
      const object = await reader.get(kind, own ?? namespace ?? 'default', name);
      if (object) collection.found.push({ kind, object });
      else collection.missing.push(notFound(resourceOfKind(kind), name));
    }
  }
  return collection;
}

export function printErrors({ err, debug }: Context, errors: readonly unknown[]): void {
  for (const error of errors) for (const line of describeError(error, debug)) err.line(line);
}
