/** `podstead api-resources` */
import { supportedKinds } from '../../api/kinds.ts';
import type { Command } from '../command.ts';
import { renderTable } from '../table.ts';

export const apiResources: Command = {
  name: 'api-resources',
  operands: '',
  options: [
    { flags: '-o, --output <format>', help: 'json, yaml, name or wide' },
    { flags: '--no-headers', help: 'rows only' },
    { flags: '--namespaced', help: 'only kinds that live in namespaces; false: only the others' },
  ],
  examples: [['names that get and delete understand', 'podstead api-resources -o name']],
  async run({ out }, { options }) {
    const format = options.choice('output', ['json', 'yaml', 'name', 'wide']);
    const kinds = supportedKinds.filter((kind) => !options.has('namespaced') || kind.namespaced === options.flag('namespaced'));
    const sorted = kinds.toSorted((a, b) => (`${a.group} ${a.plural}` < `${b.group} ${b.plural}` ? -1 : 1));
    if (format === 'json' || format === 'yaml') {
      const { printValue } = await import('../print.ts');
      await printValue(
        out,
        sorted.map(({ supported: _, ...kind }) => kind),
        format,
      );
    } else if (format === 'name') {
      for (const kind of sorted) out.line(kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`);
    } else {
      const rows = sorted.map((kind) => [kind.plural, kind.shortNames.join(','), kind.apiVersion, String(kind.namespaced), kind.kind]);
      const table = { head: ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND'], rows };
      for (const line of renderTable(table, { gap: 3, least: 6, headers: !options.flag('no-headers') })) out.line(line);
    }
    return 0;
  },
};
