/** The corpus of a real API server's answers: from $PODSTEAD_GOLDEN, or ../shared/golden beside the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../src/api/objects.ts';
import { serverField } from '../../src/api/structure.ts';
import { type Loaded, loadManifests } from '../../src/manifest/load.ts';

const folder = process.env['PODSTEAD_GOLDEN'] ?? join(fileURLToPath(new URL('../..', import.meta.url)), '../shared/golden');
export const goldenFolder = existsSync(join(folder, 'valid')) ? folder : undefined;

/** The kinds whose answers we expect to give. */
export const KINDS = ['pod', 'deployment', 'replicaset', 'configmap', 'secret', 'pvc', 'namespace', 'service'];
const LANGUAGE = ['type', 'decode', 'dup', 'yaml', 'kind', 'apiversion', 'root'];

export interface Cause {
  field: string;
  reason: string;
}
export interface Answer {
  code: number;
  causes: Cause[];
}

const kindOfCase = (name: string) => name.split('-')[0] ?? name;
const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

export const casesOf = (sub: 'valid' | 'invalid' | 'update'): string[] => {
  if (goldenFolder === undefined) return [];
  const names = new Set(readdirSync(join(goldenFolder, sub)).map((file) => file.replace(/\.(json|yaml)$/, '')));
  return [...names].filter((name) => [...KINDS, ...LANGUAGE].includes(kindOfCase(name))).toSorted();
};

const load = (...path: string[]): Loaded => {
  const file = join(goldenFolder ?? '', ...path);
  return loadManifests([{ file, text: readFileSync(file, 'utf8') }], { runnable: false });
};
export const loadCase = (sub: string, name: string) => load(sub, `${name}.yaml`);
export const loadUpdate = (name: string) => ({ before: load('update', name, 'before.yaml'), after: load('update', name, 'after.yaml') });
export const answerOf = (sub: 'invalid' | 'update', name: string) =>
  json(join(goldenFolder ?? '', sub, sub === 'update' ? `${name}/result.json` : `${name}.json`)) as Answer;
export const objectOf = (name: string) => json(join(goldenFolder ?? '', 'valid', `${name}.json`)) as KubeObject;

/** What the corpus leaves out of the server's objects. */
export const strip = (object: KubeObject): KubeObject => {
  const copy = structuredClone(object);
  delete copy['status'];
  const meta = copy.metadata as Record<string, unknown>;
  for (const key of ['uid', 'creationTimestamp', 'resourceVersion', 'managedFields', 'generation', 'selfLink']) delete meta[key];
  return copy;
};

/** The causes that are not among the faults; each fault answers for one cause. */
export const missingCauses = (causes: readonly Cause[], faults: Loaded['faults']): Cause[] => {
  const left = faults.map((fault) => `${serverField(fault)} ${fault.reason}`);
  return causes.filter((cause) => {
    const at = left.indexOf(`${cause.field} ${cause.reason}`);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
};
