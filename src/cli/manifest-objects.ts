/** Manifests named on the command line, read and checked. */
import type { Fault, Position } from '../api/fault.ts';
import { kindOf } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import { loadManifests } from '../manifest/load.ts';
import { parseManifest } from '../manifest/parse.ts';
import { readSources, type Text } from '../manifest/source.ts';
import type { NamedTarget } from './collect.ts';
import type { Context } from './context.ts';
import { ManifestFaults } from './faults.ts';

async function readFiles(context: Context, files: readonly string[], recursive: boolean): Promise<Text[]> {
  return readSources(files, { stdin: context.input, recursive });
}

const nothingIn = (files: readonly string[]): Fault => ({
  reason: 'SyntaxError',
  field: '',
  message: `there is no object in ${files.map((f) => (f === '-' ? 'the standard input' : f)).join(', ')}`,
});

export interface Manifest {
  /** In the order of the files, not defaulted. */
  readonly objects: readonly KubeObject[];
  /** Where a field of an object stands. */
  position(index: number, field: string): Position | undefined;
}

/** Throws INVALID_MANIFEST with every fault of all files. */
export async function loadManifest(context: Context, files: readonly string[], recursive: boolean): Promise<Manifest> {
  const texts = await readFiles(context, files, recursive);
  const { objects, faults } = loadManifests(texts, context.namespaceGiven ? { namespace: context.namespace } : {});
  if (faults.length > 0) throw new ManifestFaults(faults);
  if (objects.length === 0) throw new ManifestFaults([nothingIn(files)]);
  // without faults there is an object for each document
  const documents = () => texts.flatMap(({ text, file }) => parseManifest(text, file).documents);
  return { objects, position: (index, field) => documents()[index]?.position(field) };
}

export const loadObjects = async (context: Context, files: readonly string[], recursive: boolean): Promise<readonly KubeObject[]> =>
  (await loadManifest(context, files, recursive)).objects;

export const joinManifests = (first: Manifest, second: Manifest): Manifest => ({
  objects: [...first.objects, ...second.objects],
  position: (index, field) =>
    index < first.objects.length ? first.position(index, field) : second.position(index - first.objects.length, field),
});

/** Faults that leave open which object is meant; others do not matter to `get -f` and `delete -f`. */
const hidesIdentity = (fault: Fault): boolean =>
  fault.reason === 'SyntaxError' || fault.reason === 'UnknownKind' || /^(apiVersion|kind|metadata(\.(name|namespace))?)$/.test(fault.field);

/** The objects that the files name, whatever else is wrong with them. */
export async function manifestTargets(
  context: Context,
  files: readonly string[],
  recursive: boolean,
): Promise<(NamedTarget & { name: string })[]> {
  const texts = await readFiles(context, files, recursive);
  const { objects, faults } = loadManifests(texts, {
    runnable: false,
    ...(context.namespaceGiven ? { namespace: context.namespace } : {}),
  });
  const blocking = faults.filter(hidesIdentity);
  if (blocking.length > 0) throw new ManifestFaults(blocking);
  if (objects.length === 0) throw new ManifestFaults([nothingIn(files)]);
  return objects.flatMap((object) => {
    const kind = kindOf(object.apiVersion, object.kind);
    const { name, namespace } = object.metadata;
    if (!kind || name === undefined) return [];
    return [{ kind, name, ...(kind.namespaced ? { namespace: namespace ?? context.namespace } : {}) }];
  });
}
