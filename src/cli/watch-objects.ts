/** `get -w` and its like: what there is and then each change, until the reader has seen enough. */
import type { KindInfo } from '../api/kinds.ts';
import type { WatchEvent } from './api.ts';
import type { NamedTarget } from './collect.ts';
import { kindTable } from './columns/kind-table.ts';
import type { Context } from './context.ts';
import type { Format } from './format.ts';
import type { Options } from './options.ts';
import { printData } from './print.ts';
import { selectObjects } from './selection.ts';
import { KUBECTL, TableWriter } from './table.ts';

/** Goes on until a signal ends the process. */
export async function watchKind(
  context: Context,
  kind: KindInfo,
  namespace: string | undefined,
  see: (event: WatchEvent, isNew: boolean) => Promise<void>,
): Promise<number> {
  const api = await context.world.api();
  let listed = false;
  for await (const event of api.watch(kind, namespace, new AbortController().signal)) {
    if (event === 'listed') listed = true;
    else await see(event, listed);
  }
  return 0;
}

export async function watchObjects(context: Context, options: Options, targets: readonly NamedTarget[], format: Format): Promise<number> {
  const { out } = context;
  const everywhere = options.flag('all-namespaces');
  const writers = new Map<KindInfo, TableWriter>();
  const show = async (kind: KindInfo, event: WatchEvent) => {
    if (format.as !== 'table') return printData(out, [event.object], format, true);
    const writer = writers.get(kind) ?? new TableWriter({ ...KUBECTL, headers: !options.flag('no-headers') });
    writers.set(kind, writer);
    const table = kindTable(kind.kind, [event.object], {
      now: context.now(),
      wide: format.wide,
      namespaces: everywhere && kind.namespaced,
      labels: options.flag('show-labels'),
    });
    for (const line of writer.lines(table)) out.line(line);
  };
  const kinds = [...new Set(targets.map((target) => target.kind))];
  const codes = await Promise.all(
    kinds.map((kind) => {
      const own = targets.filter((target) => target.kind === kind);
      const names = own.flatMap((target) => target.name ?? []);
      const namespace = kind.namespaced && !everywhere ? (own[0]?.namespace ?? context.namespace) : undefined;
      const chosen = options.text('field-selector');
      const fields = chosen === undefined ? undefined : { selector: chosen, kind: kind.kind };
      return watchKind(context, kind, namespace, async (event, isNew) => {
        if (options.flag('watch-only') && !isNew) return;
        if (names.length > 0 && !names.includes(event.object.metadata.name)) return;
        if (selectObjects([event.object], options.text('selector'), fields).length === 0) return;
        await show(kind, event);
      });
    }),
  );
  return Math.max(...codes);
}
