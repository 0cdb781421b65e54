/** `podstead generate kube` */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PodsteadError } from '../../api/errors.ts';
import { kindOf } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/objects.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { need, type Reader } from '../reader.ts';
import { parseSlashed } from '../targets.ts';

export const generate: Command = {
  name: 'generate kube',
  operands: '<name...>',
  description: 'NAME is a Pod, a Deployment, or KIND/NAME. What the system has filled in is left out.',
  options: [
    { flags: '-f, --filename <file>', help: 'write to a new file' },
    { flags: '-o, --output <format>', help: 'yaml or json', default: 'yaml' },
  ],
  examples: [
    ['to a file', 'podstead generate kube web -f web.yaml'],
    ['two objects', 'podstead generate kube deployment/web pod/db'],
  ],
  async run(context, { operands, options }) {
    const format = options.choice('output', ['yaml', 'json']);
    const { exportObjects } = await import('../../export/generate.ts');
    const reader = await context.world.reader(exportable());
    const objects: KubeObject[] = [];
    for (const word of operands) objects.push(await findObject(reader, context.namespace, word));
    const text = await manifestText(exportObjects(objects), format === 'json');
    const file = options.text('filename');
    if (file === undefined || file === '-') context.out.data(text);
    else await writeNew(context, file, text);
    return 0;
  },
};

const exportable = () => [kindOf('v1', 'Pod'), kindOf('apps/v1', 'Deployment')].filter((kind) => kind !== undefined);

/** Throws NOT_FOUND, and AMBIGUOUS for a name of two objects. */
async function findObject(reader: Reader, namespace: string, word: string): Promise<KubeObject> {
  if (word.includes('/')) {
    const { kind, name } = parseSlashed(word);
    return need(reader, kind, namespace, name);
  }
  const found = (await Promise.all(exportable().map((kind) => reader.get(kind, namespace, word)))).filter((object) => object !== undefined);
  const [first] = found;
  if (first && found.length === 1) return first;
  if (first) {
    const names = found.map((object) => `${object.kind.toLowerCase()}/${word}`);
    throw new PodsteadError('AMBIGUOUS', `${JSON.stringify(word)} is the name of ${names.join(' and ')}`, {
      remedy: `say ${names.join(' or ')}`,
    });
  }
  throw new PodsteadError('NOT_FOUND', `there is no Pod and no Deployment ${JSON.stringify(word)} in namespace ${namespace}`);
}

/** One document each. */
async function manifestText(objects: readonly KubeObject[], json: boolean): Promise<string> {
  if (json)
    return `${JSON.stringify(objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2)}\n`;
  const { toYaml } = await import('../yaml.ts');
  return objects.map(toYaml).join('---\n');
}

async function writeNew(context: Context, file: string, text: string): Promise<void> {
  const path = resolve(context.cwd, file);
  if (existsSync(path))
    throw new PodsteadError('CONFLICT', `${file} exists and is not overwritten`, { remedy: 'another name, or remove it first' });
  const { writeAtomic } = await import('../../host/files.ts');
  try {
    await writeAtomic(path, text, 0o644);
  } catch (error) {
    throw new PodsteadError('IO', `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
