/** The files of a volume that is made of API objects: ConfigMap, Secret, the pod itself, or several of them. Pure. */
import type { ConfigMap, Secret, Volume } from '../../api/objects.ts';
import { fieldValue, type PodFacts, resourceValue } from '../downward.ts';

export interface PayloadFile {
  /** Relative, without `..`. */
  path: string;
  data: Uint8Array;
  mode: number;
}
export interface PayloadInput extends PodFacts {
  /** By name, of the pod's namespace. */
  configMaps: ReadonlyMap<string, ConfigMap>;
  secrets: ReadonlyMap<string, Secret>;
}
/** Files, or what is missing: a text as in a FailedMount event. */
export type Payload = { files: PayloadFile[] } | { fault: string };

type Items = readonly { key: string; path: string; mode?: number }[] | undefined;
interface ObjectSource {
  kind: 'configmap' | 'secret';
  name: string;
  items: Items;
  optional: boolean;
  mode: number;
}

const DEFAULT_MODE = 0o644;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

function objectData(source: ObjectSource, input: PayloadInput): Map<string, Uint8Array> | undefined {
  const decoded = (data: { [key: string]: string } | undefined, decode: (value: string) => Uint8Array): [string, Uint8Array][] =>
    Object.entries(data ?? {}).map(([key, value]) => [key, decode(value)]);
  if (source.kind === 'secret') {
    const secret = input.secrets.get(source.name);
    return secret && new Map(decoded(secret.data, bytes));
  }
  const map = input.configMaps.get(source.name);
  return map && new Map([...decoded(map.data, text), ...decoded(map.binaryData, bytes)]);
}

function objectFiles(source: ObjectSource, input: PayloadInput): Payload {
  const data = objectData(source, input);
  if (data === undefined) return source.optional ? { files: [] } : { fault: `${source.kind} "${source.name}" not found` };
  if (source.items === undefined || source.items.length === 0)
    return { files: [...data].map(([path, content]) => ({ path, data: content, mode: source.mode })) };
  const files: PayloadFile[] = [];
  for (const { key, path, mode } of source.items) {
    const content = data.get(key);
    if (content !== undefined) files.push({ path, data: content, mode: mode ?? source.mode });
    else if (!source.optional) return { fault: `references non-existent ${source.kind === 'secret' ? 'secret' : 'config'} key: ${key}` };
  }
  return { files };
}

type DownwardItems = NonNullable<Volume['downwardAPI']>['items'];

function downwardFiles(items: DownwardItems, defaultMode: number, input: PayloadInput): Payload {
  const files: PayloadFile[] = [];
  for (const { path, mode, fieldRef, resourceFieldRef } of items ?? []) {
    const found = fieldRef
      ? fieldValue(fieldRef.fieldPath, input)
      : resourceFieldRef
        ? resourceValue(resourceFieldRef, input)
        : { fault: `${path}: neither fieldRef nor resourceFieldRef` };
    if ('fault' in found) return found;
    files.push({ path, data: text(found.value), mode: mode ?? defaultMode });
  }
  return { files };
}

function projectedFiles(projected: NonNullable<Volume['projected']>, input: PayloadInput): Payload {
  const mode = projected.defaultMode ?? DEFAULT_MODE;
  const files = new Map<string, PayloadFile>();
  for (const source of projected.sources ?? []) {
    const found = projectedSource(source, mode, input);
    if ('fault' in found) return found;
    for (const file of found.files) files.set(file.path, file);
  }
  return { files: [...files.values()] };
}

type ProjectedSource = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

function projectedSource(source: ProjectedSource, mode: number, input: PayloadInput): Payload {
  if (source.downwardAPI) return downwardFiles(source.downwardAPI.items, mode, input);
  const object = source.configMap ?? source.secret;
  if (object === undefined) return { fault: `projected source ${Object.keys(source).join(', ')} is not supported` };
  const kind = source.configMap ? 'configmap' : 'secret';
  return objectFiles({ kind, name: object.name ?? '', items: object.items, optional: object.optional ?? false, mode }, input);
}

/** undefined: not a volume of this family. */
export function volumePayload(volume: Volume, input: PayloadInput): Payload | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (projected) return projectedFiles(projected, input);
  if (downwardAPI) return downwardFiles(downwardAPI.items, downwardAPI.defaultMode ?? DEFAULT_MODE, input);
  const object = configMap ?? secret;
  if (object === undefined) return undefined;
  const source: ObjectSource = {
    kind: configMap ? 'configmap' : 'secret',
    name: (configMap?.name ?? secret?.secretName) || '',
    items: object.items,
    optional: object.optional ?? false,
    mode: object.defaultMode ?? DEFAULT_MODE,
  };
  return objectFiles(source, input);
}

/** Only ConfigMaps may lie on a disk. */
export const isConfidential = (volume: Volume): boolean => volume.configMap === undefined;
