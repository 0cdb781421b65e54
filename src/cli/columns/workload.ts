/** Deployments and ReplicaSets. */
import type { Deployment, LabelSelector, PodTemplateSpec, ReplicaSet } from '../../api/objects.ts';
import { ageColumn, type Column, NONE, nameColumn } from './column.ts';

interface Workload {
  spec: { template?: PodTemplateSpec; selector?: LabelSelector };
}
const containers = (o: Workload) => o.spec.template?.spec?.containers ?? [];

function selectorText(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const sets = (selector?.matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${(values ?? []).toSorted().join(',')})`;
  });
  return equal.length + sets.length === 0 ? NONE : [...equal.sort(), ...sets].join(',');
}

const wideColumns: readonly Column<Workload>[] = [
  {
    head: 'CONTAINERS',
    wide: true,
    cell: (o) =>
      containers(o)
        .map((c) => c.name)
        .join(','),
  },
  {
    head: 'IMAGES',
    wide: true,
    cell: (o) =>
      containers(o)
        .map((c) => c.image ?? '')
        .join(','),
  },
  { head: 'SELECTOR', wide: true, cell: (o) => selectorText(o.spec.selector) },
];

export const deploymentColumns: readonly Column<Deployment>[] = [
  nameColumn,
  { head: 'READY', cell: (d) => `${d.status?.readyReplicas ?? 0}/${d.spec.replicas ?? 1}` },
  { head: 'UP-TO-DATE', cell: (d) => String(d.status?.updatedReplicas ?? 0) },
  { head: 'AVAILABLE', cell: (d) => String(d.status?.availableReplicas ?? 0) },
  ageColumn,
  ...wideColumns,
];

export const replicaSetColumns: readonly Column<ReplicaSet>[] = [
  nameColumn,
  { head: 'DESIRED', cell: (r) => String(r.spec.replicas ?? 1) },
  { head: 'CURRENT', cell: (r) => String(r.status?.replicas ?? 0) },
  { head: 'READY', cell: (r) => String(r.status?.readyReplicas ?? 0) },
  ageColumn,
  ...wideColumns,
];
