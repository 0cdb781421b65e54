/** The order of fields in a manifest for people: the same for the same object, names first. Pure. */
import { isObject, type JsonObject } from '../api/json.ts';
import type { KubeObject } from '../api/objects.ts';

/** Come first, in this order; other fields follow by name. */
const FIRST = [
  ...['apiVersion', 'kind', 'metadata', 'name', 'generateName', 'namespace', 'labels', 'annotations', 'type'],
  ...['replicas', 'selector', 'strategy', 'template', 'spec', 'data', 'stringData'],
  ...['hostname', 'restartPolicy', 'volumes', 'initContainers', 'containers'],
  ...['image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'ports', 'envFrom', 'env', 'resources', 'volumeMounts'],
  ...['containerPort', 'mountPath', 'key', 'value'],
];
const RANK: ReadonlyMap<string, number> = new Map(FIRST.map((key, i) => [key, i]));
/** Maps whose keys are the user's own: by name only. */
const FREE = new Set(['labels', 'annotations', 'matchLabels', 'nodeSelector', 'data', 'stringData', 'binaryData', 'limits', 'requests']);

const compare = (a: string, b: string): number => {
  const difference = (RANK.get(a) ?? FIRST.length) - (RANK.get(b) ?? FIRST.length);
  if (difference !== 0) return difference;
  return a < b ? -1 : 1;
};
const byName = (a: string, b: string): number => (a < b ? -1 : 1);

const ordered = (value: unknown, free: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => ordered(item, false));
  if (!isObject(value)) return value;
  const keys = Object.keys(value).toSorted(free ? byName : compare);
  const result: JsonObject = {};
  for (const key of keys) result[key] = ordered(value[key], !free && FREE.has(key));
  return result;
};

/** Fields in the order people write them. */
export const inOrder = (object: KubeObject): KubeObject => ordered(object, false) as KubeObject;
