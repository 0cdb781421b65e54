/** ConfigMaps, Secrets and claims that pods refer to: are they there, and do they have the keys? Pure. */
import type { Container, KubeObject, Volume } from '../api/objects.ts';
import { type Finding, finding } from './finding.ts';
import type { Workload } from './workload.ts';

type Source = 'ConfigMap' | 'Secret';
interface Reference {
  kind: Source;
  name: string;
  optional: boolean;
  /** Path of the reference within the pod. */
  field: string;
  /** Keys that are asked for, with the path of each. */
  keys: { key: string; field: string }[];
}

/** How the three ways to name an object differ: `name` or `secretName`. */
interface Named {
  name?: string;
  secretName?: string;
  optional?: boolean;
}

const reference = (kind: Source, named: Named, field: string, keys: Reference['keys'] = []): Reference => ({
  kind,
  name: named.name ?? named.secretName ?? '',
  optional: named.optional === true,
  field,
  keys,
});

const ofEnv = (container: Container, at: string): Reference[] => {
  const from = (container.envFrom ?? []).flatMap((source, i): Reference[] => [
    ...(source.configMapRef ? [reference('ConfigMap', source.configMapRef, `${at}.envFrom[${i}].configMapRef`)] : []),
    ...(source.secretRef ? [reference('Secret', source.secretRef, `${at}.envFrom[${i}].secretRef`)] : []),
  ]);
  const single = (container.env ?? []).flatMap(({ valueFrom }, i): Reference[] =>
    (
      [
        ['ConfigMap', 'configMapKeyRef'],
        ['Secret', 'secretKeyRef'],
      ] as const
    ).flatMap(([kind, key]) => {
      const ref = valueFrom?.[key];
      const field = `${at}.env[${i}].valueFrom.${key}`;
      return ref ? [reference(kind, ref, field, [{ key: ref.key, field: `${field}.key` }])] : [];
    }),
  );
  return [...from, ...single];
};

type Items = { key: string }[] | undefined;
const itemKeys = (items: Items, at: string): Reference['keys'] =>
  (items ?? []).map(({ key }, i) => ({ key, field: `${at}.items[${i}].key` }));

const ofVolume = (volume: Volume, at: string): Reference[] => {
  const { configMap, secret, projected } = volume;
  return [
    ...(configMap ? [reference('ConfigMap', configMap, `${at}.configMap`, itemKeys(configMap.items, `${at}.configMap`))] : []),
    ...(secret ? [reference('Secret', secret, `${at}.secret`, itemKeys(secret.items, `${at}.secret`))] : []),
    ...(projected?.sources ?? []).flatMap((source, i): Reference[] => {
      const field = `${at}.projected.sources[${i}]`;
      return [
        ...(source.configMap
          ? [reference('ConfigMap', source.configMap, `${field}.configMap`, itemKeys(source.configMap.items, `${field}.configMap`))]
          : []),
        ...(source.secret ? [reference('Secret', source.secret, `${field}.secret`, itemKeys(source.secret.items, `${field}.secret`))] : []),
      ];
    }),
  ];
};

const referencesOf = ({ spec, at }: Workload): Reference[] => {
  const lists = (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, i) => ofEnv(container, `${at}spec.${list}[${i}]`)),
  );
  return [...lists, ...(spec.volumes ?? []).flatMap((volume, i) => ofVolume(volume, `${at}spec.volumes[${i}]`))];
};

/** Looks in the manifest first: it is what will be stored. */
export type Finder = (kind: string, namespace: string, name: string) => KubeObject | undefined;

export const finder = (objects: readonly KubeObject[], stored: readonly KubeObject[]): Finder => {
  const key = (kind: string, namespace: string | undefined, name: string | undefined) => `${kind}\n${namespace ?? 'default'}\n${name}`;
  const all = new Map([...stored, ...objects].map((o) => [key(o.kind, o.metadata.namespace, o.metadata.name), o]));
  return (kind, namespace, name) => all.get(key(kind, namespace, name));
};

const hasKey = (object: KubeObject, key: string): boolean =>
  ['data', 'stringData', 'binaryData'].some((field) => Object.hasOwn((object[field] ?? {}) as object, key));

const check = (workload: Workload, ref: Reference, find: Finder): Finding[] => {
  if (ref.optional) return [];
  const object = find(ref.kind, workload.namespace, ref.name);
  if (!object) return [finding(workload, ref.field, `there is no ${ref.kind} "${ref.name}" in namespace "${workload.namespace}"`)];
  return ref.keys
    .filter(({ key }) => !hasKey(object, key))
    .map(({ key, field }) => finding(workload, field, `${ref.kind} "${ref.name}" has no key "${key}"`));
};

const claims = (workload: Workload, find: Finder): Finding[] =>
  (workload.spec.volumes ?? []).flatMap((volume, i) => {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name === undefined) return [];
    const field = `${workload.at}spec.volumes[${i}].persistentVolumeClaim.claimName`;
    const claim = find('PersistentVolumeClaim', workload.namespace, name);
    if (!claim) return [finding(workload, field, `there is no PersistentVolumeClaim "${name}" in namespace "${workload.namespace}"`)];
    if (claim.metadata.deletionTimestamp === undefined) return [];
    return [finding(workload, field, `PersistentVolumeClaim "${name}" is being deleted`)];
  });

/** Nothing that is missing can heal by itself, so a play does not begin. */
export const referenceFindings = (workload: Workload, find: Finder): Finding[] => [
  ...referencesOf(workload).flatMap((ref) => check(workload, ref, find)),
  ...claims(workload, find),
];
