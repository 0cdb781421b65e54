/** Namespaces, ConfigMaps, Secrets, claims and Services. */
import type { ConfigMap, Namespace, PersistentVolumeClaim, Secret, Service } from '../../api/objects.ts';
import { ageColumn, type Column, labelText, NONE, nameColumn } from './column.ts';

const size = (map: object | undefined): number => Object.keys(map ?? {}).length;

export const namespaceColumns: readonly Column<Namespace>[] = [
  nameColumn,
  { head: 'STATUS', cell: (n) => n.status?.phase ?? 'Active' },
  ageColumn,
];

export const configMapColumns: readonly Column<ConfigMap>[] = [
  nameColumn,
  { head: 'DATA', cell: (c) => String(size(c.data) + size(c.binaryData)) },
  ageColumn,
];

export const secretColumns: readonly Column<Secret>[] = [
  nameColumn,
  { head: 'TYPE', cell: (s) => s.type ?? 'Opaque' },
  { head: 'DATA', cell: (s) => String(size(s.data)) },
  ageColumn,
];

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const modeText = (modes: readonly string[] | undefined): string => (modes ?? []).map((mode) => MODES[mode] ?? mode).join(',');

export const claimColumns: readonly Column<PersistentVolumeClaim>[] = [
  nameColumn,
  { head: 'STATUS', cell: (c) => (c.metadata.deletionTimestamp === undefined ? (c.status?.phase ?? 'Pending') : 'Terminating') },
  { head: 'VOLUME', cell: (c) => c.spec?.volumeName ?? '' },
  { head: 'CAPACITY', cell: (c) => (c.spec?.volumeName ? (c.status?.capacity?.['storage'] ?? '') : '') },
  { head: 'ACCESS MODES', cell: (c) => (c.spec?.volumeName ? modeText(c.status?.accessModes ?? c.spec.accessModes) : '') },
  { head: 'STORAGECLASS', cell: (c) => c.spec?.storageClassName ?? '' },
  { head: 'VOLUMEATTRIBUTESCLASS', cell: (c) => c.spec?.volumeAttributesClassName ?? '<unset>' },
  ageColumn,
  { head: 'VOLUMEMODE', wide: true, cell: (c) => c.spec?.volumeMode ?? '<unset>' },
];

function portText(service: Service): string {
  const ports = (service.spec?.ports ?? []).map(
    ({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`,
  );
  return ports.length === 0 ? NONE : ports.join(',');
}

function externalText(service: Service): string {
  const { type, externalName, externalIPs } = service.spec ?? {};
  if (type === 'ExternalName') return externalName ?? '';
  const ingress = (service.status?.loadBalancer?.ingress ?? []).map((i) => i.ip ?? i.hostname ?? '');
  const all = [...(type === 'LoadBalancer' ? ingress : []), ...(externalIPs ?? [])];
  if (all.length > 0) return all.join(',');
  return type === 'LoadBalancer' ? '<pending>' : NONE;
}

export const serviceColumns: readonly Column<Service>[] = [
  nameColumn,
  { head: 'TYPE', cell: (s) => s.spec?.type ?? 'ClusterIP' },
  { head: 'CLUSTER-IP', cell: (s) => s.spec?.clusterIP || NONE },
  { head: 'EXTERNAL-IP', cell: externalText },
  { head: 'PORT(S)', cell: portText },
  ageColumn,
  { head: 'SELECTOR', wide: true, cell: (s) => labelText(s.spec?.selector) },
];
