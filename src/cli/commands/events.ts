/** `podstead events` */
import { PodsteadError } from '../../api/errors.ts';
import { kindOf } from '../../api/kinds.ts';
import type { CoreEvent, KubeObject, Stored } from '../../api/objects.ts';
import { byTime, eventsColumns } from '../columns/event.ts';
import { columnTable } from '../columns/kind-table.ts';
import type { Command } from '../command.ts';
import { parseFormat } from '../format.ts';
import { printData } from '../print.ts';
import { KUBECTL, TableWriter } from '../table.ts';
import { parseSlashed } from '../targets.ts';

export const events: Command = {
  name: 'events',
  operands: '',
  options: [
    { flags: '--for <kind/name>', help: 'only about this object' },
    { flags: '--types <types>', help: 'Normal, Warning or both' },
    { flags: '-A, --all-namespaces', help: 'of all namespaces' },
    { flags: '-w, --watch', help: 'then go on and show what happens' },
    { flags: '--no-headers', help: 'rows only' },
    { flags: '-o, --output <format>', help: 'json, yaml, name or jsonpath=…' },
  ],
  examples: [
    ['about one pod', 'podstead events --for pod/web'],
    ['only what is wrong', 'podstead events --types=Warning'],
  ],
  async run(context, { options }) {
    const { out, err } = context;
    const format = parseFormat(options.text('output'));
    const wanted = eventFilter(options.text('for'), options.text('types'));
    const everywhere = options.flag('all-namespaces');
    const kind = kindOf('v1', 'Event');
    if (!kind) throw new TypeError('no kind Event');
    const writer = new TableWriter({ ...KUBECTL, headers: !options.flag('no-headers') });
    const show = async (list: readonly KubeObject[]) => {
      if (format.as !== 'table') return printData(out, list, format, options.flag('watch'));
      const table = columnTable(eventsColumns, list as unknown as CoreEvent[], { now: context.now(), namespaces: everywhere });
      for (const line of writer.lines(table)) out.line(line);
    };
    const namespace = everywhere ? undefined : context.namespace;
    if (options.flag('watch')) {
      const { watchKind } = await import('../watch-objects.ts');
      return watchKind(context, kind, namespace, async (event) => {
        if (event.type !== 'DELETED' && wanted(event.object)) await show([event.object]);
      });
    }
    const reader = await context.world.reader([kind]);
    const list = (await reader.list(kind, namespace))
      .filter(wanted)
      .toSorted((a, b) => byTime(a as unknown as CoreEvent, b as unknown as CoreEvent));
    if (list.length > 0 || format.as !== 'table') await show(list);
    else err.line(everywhere ? 'No events found' : `No events found in ${context.namespace} namespace.`);
    return 0;
  },
};

/** Throws USAGE. */
function eventFilter(about: string | undefined, types: string | undefined): (object: Stored) => boolean {
  const target = about === undefined ? undefined : parseSlashed(about);
  const wanted = types?.split(',').map((type) => type.trim().toLowerCase());
  for (const type of wanted ?? []) {
    if (type !== 'normal' && type !== 'warning')
      throw new PodsteadError('USAGE', `--types: ${JSON.stringify(type)} is neither Normal nor Warning`);
  }
  return (object) => {
    const event = object as unknown as CoreEvent;
    const { kind, name } = event.involvedObject;
    if (target && (kind !== target.kind.kind || name !== target.name)) return false;
    return wanted === undefined || wanted.includes((event.type ?? '').toLowerCase());
  };
}
