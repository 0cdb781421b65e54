/** `podstead ps` */
import { PodsteadError } from '../../api/errors.ts';
import type { Pod } from '../../api/objects.ts';
import { publishedPorts } from '../../network/published.ts';
import type { Command } from '../command.ts';
import { containerFilter } from '../container-filter.ts';
import { type ContainerRow, commandText, containerName, containerRows, portsText, statusText } from '../container-row.ts';
import { spokenDuration } from '../duration.ts';
import { podKind } from '../find-pods.ts';
import { compileTemplate, templateFields } from '../go-template.ts';
import type { Options } from '../options.ts';
import { selectObjects } from '../selection.ts';
import { PODMAN, renderTable } from '../table.ts';

export const ps: Command = {
  name: 'ps',
  operands: '',
  description: 'Each container is called POD-CONTAINER. It reads what is stored and starts nothing.',
  options: [
    { flags: '-a, --all', help: 'also those that do not run' },
    { flags: '-A, --all-namespaces', help: 'of all namespaces' },
    { flags: '-q, --quiet', help: 'only ids' },
    { flags: '--format <format>', help: "json, or a template: '{{.Names}}', 'table {{.Names}} {{.Status}}'" },
    { flags: '--filter <key=value>', help: 'name, id, status, exited, ancestor, pod, namespace or label', many: true },
    { flags: '-l, --latest [selector]', help: 'the one made last; with a value: of pods with these labels', bare: '', word: true },
    { flags: '--last <n>', help: 'so many that were made last, running or not' },
    { flags: '--no-trunc', help: 'whole ids and commands' },
    { flags: '-p, --pod', help: 'columns of the pod' },
    { flags: '--noheading', help: 'rows only' },
    { flags: '-o, --output <format>', help: 'json: the same as --format json' },
  ],
  examples: [
    ['what runs', 'podstead ps'],
    ['everything, in every namespace', 'podstead ps -aA'],
    ['as JSON', 'podstead ps --format json'],
  ],
  async run(context, { options }) {
    const now = context.now();
    const reader = await context.world.reader([podKind]);
    const pods = await reader.list(podKind, options.flag('all-namespaces') ? undefined : context.namespace);
    const chosen = selectObjects(pods, options.text('latest')) as unknown as Pod[];
    const rows = pick(containerRows(chosen, publishedPorts), options);
    for (const line of psLines(rows, options, now)) context.out.line(line);
    return 0;
  },
};

/** The rows that the options mean, newest first as podman and docker list them. Pure. */
export function pick(all: readonly ContainerRow[], options: Options): ContainerRow[] {
  const latest = options.has('latest') && options.text('latest') === '' ? 1 : options.count('last', { min: 1 });
  const matches = containerFilter(options.list('filter'));
  const everything = options.flag('all') || latest !== undefined || options.list('filter').some((text) => /^(status|exited)=/.test(text));
  const rows = all
    .filter((row) => (everything || row.state === 'running') && matches(row))
    .toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || 0);
  return latest === undefined ? rows : rows.slice(0, latest);
}

/** Pure. Throws USAGE for a template that cannot be read. */
export function psLines(rows: readonly ContainerRow[], options: Options, now: Date): string[] {
  const whole = options.flag('no-trunc');
  const format = options.choice('output', ['json']) ?? options.text('format');
  if (options.flag('quiet')) {
    if (format !== undefined) throw new PodsteadError('USAGE', 'either --quiet or --format, not both');
    return rows.filter((row) => row.id !== '').map((row) => (whole ? row.id : row.id.slice(0, 12)));
  }
  const values = rows.map((row) => fieldsOf(row, now, whole));
  if (format === 'json')
    return [
      JSON.stringify(
        rows.map((row, i) => jsonOf(row, values[i])),
        undefined,
        2,
      ),
    ];
  if (format !== undefined && !format.startsWith('table')) {
    const template = compileTemplate(format);
    return values.map(template);
  }
  const columns = format === undefined ? usualColumns(options) : templateFields(format);
  const table = {
    head: columns.map((name) => HEADS[name] ?? name.toUpperCase()),
    rows: values.map((value) => columns.map((name) => compileTemplate(`{{.${name}}}`)(value))),
  };
  return renderTable(table, { ...PODMAN, headers: !options.flag('noheading') });
}

const HEADS: Readonly<Record<string, string>> = { ID: 'CONTAINER ID', PodID: 'POD ID', PodName: 'PODNAME' };

const usualColumns = (options: Options): string[] => [
  ...(options.flag('all-namespaces') ? ['Namespace'] : []),
  ...['ID', 'Image', 'Command', 'Created', 'Status', 'Ports', 'Names'],
  ...(options.flag('pod') ? ['PodID', 'PodName'] : []),
];

/** What a template may name. */
const fieldsOf = (row: ContainerRow, now: Date, whole: boolean) => ({
  ID: whole ? row.id : row.id.slice(0, 12),
  Image: row.image,
  ImageID: row.imageId,
  Command: commandText(row.command, whole ? undefined : 20),
  Created: `${spokenDuration(now.getTime() - Date.parse(row.createdAt))} ago`,
  CreatedAt: row.createdAt,
  RunningFor: spokenDuration(now.getTime() - Date.parse(row.createdAt)),
  Status: statusText(row, now),
  State: row.state,
  Ports: portsText(row),
  Names: containerName(row),
  Labels: row.labels,
  Namespace: row.namespace,
  Pod: row.podUid,
  PodID: whole ? row.podUid : row.podUid.slice(0, 12),
  PodName: row.pod,
  Restarts: row.restarts,
  ExitCode: row.exitCode ?? 0,
});

const seconds = (time: string | undefined): number => (time === undefined || time === '' ? 0 : Math.floor(Date.parse(time) / 1000));

/** podman's fields, whole. */
const jsonOf = (row: ContainerRow, fields: ReturnType<typeof fieldsOf> | undefined) => ({
  Id: row.id,
  Names: [containerName(row)],
  Image: row.image,
  ImageID: row.imageId,
  Command: row.command,
  CreatedAt: fields?.Created,
  Created: seconds(row.createdAt),
  StartedAt: seconds(row.startedAt),
  ExitedAt: seconds(row.finishedAt),
  Exited: row.state === 'exited',
  ExitCode: row.exitCode ?? 0,
  State: row.state,
  Status: fields?.Status,
  Ports: row.ports.map((p) => ({
    host_ip: p.hostIp,
    host_port: p.hostPort,
    container_port: p.containerPort,
    protocol: p.protocol.toLowerCase(),
    range: 1,
  })),
  Labels: row.labels,
  Namespace: row.namespace,
  Pod: row.podUid,
  PodName: row.pod,
  Container: row.container,
  IsInit: row.kind === 'init',
  Restarts: row.restarts,
});
