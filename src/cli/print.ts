/** Objects in the format that -o asked for. */
import { compileJsonPath, compilePath } from '../api/jsonpath.ts';
import { objectName } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Format } from './format.ts';
import { KUBECTL, type Layout, renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

export type DataFormat = Exclude<Format, { as: 'table' }>;

export const listOf = (items: readonly KubeObject[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'List',
  metadata: { resourceVersion: '' },
  items,
});

/** A list even when it is one object, unless `single`: it was asked for by name. */
export async function printData(
  out: Terminal,
  objects: readonly KubeObject[],
  format: DataFormat,
  single: boolean,
  layout: Layout = KUBECTL,
): Promise<void> {
  const [first] = objects;
  const whole = single && first !== undefined ? first : listOf(objects);
  switch (format.as) {
    case 'json':
      return out.data(`${JSON.stringify(whole, undefined, 4)}\n`);
    case 'yaml': {
      const { toYaml } = await import('./yaml.ts');
      return out.data(toYaml(whole));
    }
    case 'name':
      for (const object of objects) out.line(objectName(object));
      return;
    case 'jsonpath':
      return out.data(compileJsonPath(format.template)(whole));
    case 'columns': {
      const columns = format.columns.map(({ path }) => compilePath(path));
      const cell = (values: unknown[]) =>
        values.length === 0 ? '<none>' : values.map((v) => (typeof v === 'string' ? v : JSON.stringify(v))).join(',');
      const rows = objects.map((object) => columns.map((column) => cell(column(object))));
      for (const line of renderTable({ head: format.columns.map((c) => c.head), rows }, layout)) out.line(line);
      return;
    }
  }
}

/** One value of ours (a doctor's report, a version) as JSON or YAML. */
export async function printValue(out: Terminal, value: unknown, as: 'json' | 'yaml'): Promise<void> {
  if (as === 'json') return out.data(`${JSON.stringify(value, undefined, 4)}\n`);
  const { toYaml } = await import('./yaml.ts');
  out.data(toYaml(value));
}
