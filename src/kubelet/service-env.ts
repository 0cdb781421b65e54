/** The variables that tell a container of the Services of its namespace. Pure. */
import type { Service } from '../api/objects.ts';

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');

function portVariables(prefix: string, address: string, port: ServicePort): [string, string][] {
  const protocol = (port.protocol ?? 'TCP').toLowerCase();
  const url = `${protocol}://${address.includes(':') ? `[${address}]` : address}:${port.port}`;
  const name = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
  return [
    [name, url],
    [`${name}_PROTO`, protocol],
    [`${name}_PORT`, String(port.port)],
    [`${name}_ADDR`, address],
  ];
}

function serviceVariables(service: Service): [string, string][] {
  const address = service.spec?.clusterIP;
  const ports = service.spec?.ports ?? [];
  const first = ports[0];
  if (!address || address === 'None' || first === undefined) return [];
  const prefix = upper(service.metadata.name);
  const [all] = portVariables(prefix, address, first);
  return [
    [`${prefix}_SERVICE_HOST`, address],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
    ...ports.flatMap((p): [string, string][] => (p.name ? [[`${prefix}_SERVICE_PORT_${upper(p.name)}`, String(p.port)]] : [])),
    ...(all ? [[`${prefix}_PORT`, all[1]] as [string, string]] : []),
    ...ports.flatMap((p) => portVariables(prefix, address, p)),
  ];
}

/** Of the Services of the pod's namespace, oldest name first; none when the pod doesn't want them. */
export function serviceEnv(services: readonly Service[], namespace: string, enableServiceLinks = true): ReadonlyMap<string, string> {
  if (!enableServiceLinks) return new Map();
  const own = services.filter((s) => (s.metadata.namespace ?? 'default') === namespace);
  return new Map([...own].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).flatMap(serviceVariables));
}
