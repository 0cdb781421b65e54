/** `podstead get` */
import { PodsteadError } from '../../api/errors.ts';
import type { KindInfo } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/objects.ts';
import { collect, FILE_OPTIONS, type NamedTarget, printErrors, targetsOf } from '../collect.ts';
import { kindTable } from '../columns/kind-table.ts';
import type { Command, Given } from '../command.ts';
import type { Context } from '../context.ts';
import { SilentExit } from '../faults.ts';
import { parseFormat } from '../format.ts';
import { kindPrefix } from '../kind-prefix.ts';
import { printData } from '../print.ts';
import { sortObjects } from '../selection.ts';
import { KUBECTL, renderTable } from '../table.ts';
import type { Target } from '../targets.ts';

export const get: Command = {
  name: 'get',
  operands: '[kind] [name...]',
  description: 'KIND is a kind or several with commas between, KIND/NAME, or "all". It reads what is stored and starts nothing.',
  options: [
    { flags: '-o, --output <format>', help: "json, yaml, wide, name, jsonpath='{…}' or custom-columns=HEAD:.path" },
    { flags: '-l, --selector <labels>', help: 'only objects with these labels: app=web,tier!=db' },
    { flags: '--field-selector <fields>', help: 'only objects with these fields: status.phase=Running' },
    { flags: '-A, --all-namespaces', help: 'of all namespaces' },
    ...FILE_OPTIONS,
    { flags: '-w, --watch', help: 'then go on and show what changes' },
    { flags: '--watch-only', help: 'only show what changes' },
    { flags: '--no-headers', help: 'rows only' },
    { flags: '--show-labels', help: 'a column of labels' },
    { flags: '--show-kind', help: 'names with their kind' },
    { flags: '--sort-by <path>', help: 'order by a field: .metadata.creationTimestamp' },
    { flags: '--ignore-not-found', help: 'what is not there is no error' },
    { flags: '--chunk-size <n>', help: 'taken and not needed', hidden: true },
  ],
  examples: [
    ['all pods of the namespace', 'podstead get pods'],
    ['workloads of every namespace, with images', 'podstead get deploy,rs -A -o wide'],
    ['one field', "podstead get pod/web -o jsonpath='{.status.podIP}'"],
    ['what a file would make', 'podstead get -f app.yaml'],
  ],
  async run(context, given) {
    const { options } = given;
    const format = parseFormat(options.text('output'));
    const targets = await wantedObjects(context, given);
    if (options.flag('watch') || options.flag('watch-only')) {
      const { watchObjects } = await import('../watch-objects.ts');
      return watchObjects(context, options, targets, format);
    }
    const reader = await context.world.reader(targets.map((t) => t.kind));
    const namespace = options.flag('all-namespaces') ? undefined : context.namespace;
    const { found, missing } = await collect(reader, targets, namespace, options.text('selector'), options.text('field-selector'));
    const chosen = sortObjects(
      found.map(({ object }) => object),
      options.text('sort-by'),
    );
    const single = targets.length === 1 && targets[0]?.name !== undefined;
    if (format.as === 'table') printTables(context, given, targets, chosen, missing.length > 0);
    else if (chosen.length > 0 || !single) await printData(context.out, chosen, format, single, layoutOf(given));
    if (missing.length === 0 || options.flag('ignore-not-found')) return 0;
    printErrors(context, missing);
    throw new SilentExit(1);
  },
};

/** As for other commands, but a kind alone is enough. Throws USAGE. */
async function wantedObjects(context: Context, given: Given): Promise<NamedTarget[]> {
  const { options } = given;
  const targets = await targetsOf(context, given, true);
  const named = targets.some((target) => target.name !== undefined);
  if (named && options.has('field-selector')) throw new PodsteadError('USAGE', 'either a selector or names, not both');
  if (named && options.flag('all-namespaces') && options.list('filename').length === 0 && targets.some((t) => t.kind.namespaced)) {
    throw new PodsteadError('USAGE', 'a name is not looked for in all namespaces', { remedy: 'say which one: -n NAMESPACE' });
  }
  return targets;
}

const layoutOf = ({ options }: Given) => ({ ...KUBECTL, headers: !options.flag('no-headers') });

function printTables(
  context: Context,
  given: Given,
  targets: readonly Target[],
  objects: readonly KubeObject[],
  someMissing: boolean,
): void {
  const { options } = given;
  const kinds = [...new Set(targets.map((target) => target.kind))];
  const several = kinds.length > 1 || options.flag('show-kind');
  let first = true;
  for (const kind of kinds) {
    const members = objects.filter((object) => object.apiVersion === kind.apiVersion && object.kind === kind.kind);
    if (members.length === 0) continue;
    if (!first) context.out.line('');
    first = false;
    const table = kindTable(kind.kind, members, {
      now: context.now(),
      wide: options.text('output') === 'wide',
      namespaces: options.flag('all-namespaces') && kind.namespaced,
      labels: options.flag('show-labels'),
      ...(several ? { prefix: kindPrefix(kind) } : {}),
    });
    for (const line of renderTable(table, layoutOf(given))) context.out.line(line);
  }
  if (first && !someMissing && !options.flag('ignore-not-found')) context.err.line(nothingFound(context, given, kinds));
}

const nothingFound = (context: Context, { options }: Given, kinds: readonly KindInfo[]): string =>
  options.flag('all-namespaces') || kinds.every((kind) => !kind.namespaced)
    ? 'No resources found'
    : `No resources found in ${context.namespace} namespace.`;
