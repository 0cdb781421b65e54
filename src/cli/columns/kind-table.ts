/** The table of a kind's objects. */
import type { KubeObject } from '../../api/objects.ts';
import type { Table } from '../table.ts';
import { ageColumn, type Column, labelText, nameColumn } from './column.ts';
import { claimColumns, configMapColumns, namespaceColumns, secretColumns, serviceColumns } from './config.ts';
import { eventColumns } from './event.ts';
import { playColumns } from './play.ts';
import { podColumns } from './pod.ts';
import { deploymentColumns, replicaSetColumns } from './workload.ts';

// A kind's columns are only ever given objects of that kind: what the reader looked up by kind.
const COLUMNS: Readonly<Record<string, readonly Column<never>[]>> = {
  Pod: podColumns,
  Deployment: deploymentColumns,
  ReplicaSet: replicaSetColumns,
  Namespace: namespaceColumns,
  ConfigMap: configMapColumns,
  Secret: secretColumns,
  PersistentVolumeClaim: claimColumns,
  Service: serviceColumns,
  Event: eventColumns,
  Play: playColumns,
};

export interface TableOptions {
  readonly now: Date;
  readonly wide?: boolean;
  /** A column of namespaces first (-A). */
  readonly namespaces?: boolean;
  /** A column of labels last. */
  readonly labels?: boolean;
  /** Before each name: `deployment.apps/`. */
  readonly prefix?: string;
}

export function kindTable(kind: string, objects: readonly KubeObject[], options: TableOptions): Table {
  const known = (COLUMNS[kind] ?? [nameColumn, ageColumn]) as readonly Column<KubeObject>[];
  return columnTable(known, objects, options);
}

export function columnTable<T extends Pick<KubeObject, 'metadata'>>(
  known: readonly Column<T>[],
  objects: readonly T[],
  options: TableOptions,
): Table {
  const shown = known.filter((column) => options.wide || !column.wide);
  const columns: Column<T>[] = shown.map((column) =>
    column.head === 'NAME' && options.prefix ? prefixed(column, options.prefix) : column,
  );
  if (options.namespaces) columns.unshift({ head: 'NAMESPACE', cell: (o) => o.metadata.namespace ?? '' });
  if (options.labels) columns.push({ head: 'LABELS', cell: (o) => labelText(o.metadata.labels) });
  return { head: columns.map((c) => c.head), rows: objects.map((o) => columns.map((c) => c.cell(o, options.now))) };
}

const prefixed = <T>(column: Column<T>, prefix: string): Column<T> => ({ ...column, cell: (o, now) => `${prefix}${column.cell(o, now)}` });
