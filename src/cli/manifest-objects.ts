/** Manifests named on the command line, read and checked. */
import type { Fault } from '../api/fault.ts';
import { kindOf } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import { loadManifests } from '../manifest/load.ts';
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

/** What the files say, in their order, not defaulted. Throws INVALID_MANIFEST with every fault of all of them. */
export async function loadObjects(context: Context, files: readonly string[], recursive: boolean): Promise<KubeObject[]> {
  const texts = await readFiles(context, files, recursive);
  const { objects, faults } = loadManifests(texts, context.namespaceGiven ? { namespace: context.namespace } : {});
  if (faults.length > 0) throw new ManifestFaults(faults);
  if (objects.length === 0) throw new ManifestFaults([nothingIn(files)]);
  return objects;
}

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
