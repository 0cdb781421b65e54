/** `podstead inspect` */
import { isCode, PodsteadError } from '../../api/errors.ts';
import type { Pod } from '../../api/objects.ts';
import { publishedPorts } from '../../network/published.ts';
import { printErrors } from '../collect.ts';
import type { Command } from '../command.ts';
import { containerDetails, imageDetails, podDetails } from '../container-details.ts';
import { containerRows } from '../container-row.ts';
import type { Context } from '../context.ts';
import { SilentExit } from '../faults.ts';
import { findPods, podKind } from '../find-pods.ts';
import { compileTemplate } from '../go-template.ts';

const TYPES = ['all', 'container', 'pod', 'image'] as const;
type Type = (typeof TYPES)[number];

export const inspect: Command = {
  name: 'inspect',
  operands: '<name...>',
  description: 'NAME is POD-CONTAINER, a pod, an id or an image. A list with one entry for each name.',
  options: [
    { flags: '-f, --format <template>', help: "only a field: '{{.State.Pid}}'" },
    { flags: '--type <type>', help: `only look among these: ${TYPES.join(', ')}`, default: 'all' },
    { flags: '-o, --output <format>', help: 'json, which it is anyway' },
  ],
  examples: [['the process of a container', "podstead inspect -f '{{.State.Pid}}' web-main"]],
  async run(context, { operands, options }) {
    const type = options.choice('type', TYPES) ?? 'all';
    const format = options.text('format');
    options.choice('output', ['json']);
    const found: unknown[] = [];
    const errors: unknown[] = [];
    for (const word of operands) {
      try {
        found.push(await details(context, word, type));
      } catch (error) {
        if (!isCode(error, 'NOT_FOUND') && !isCode(error, 'AMBIGUOUS') && !isCode(error, 'IMAGE_NOT_FOUND')) throw error;
        errors.push(error);
      }
    }
    if (format !== undefined && format !== 'json') for (const value of found) context.out.data(`${compileTemplate(format)(value)}\n`);
    else context.out.data(`${JSON.stringify(found, undefined, 4)}\n`);
    if (errors.length === 0) return 0;
    printErrors(context, errors);
    throw new SilentExit(1);
  },
};

/** Throws NOT_FOUND, AMBIGUOUS. */
async function details(context: Context, word: string, type: Type): Promise<unknown> {
  if (type === 'image' || (type === 'all' && word.includes('/') && (await context.world.images()).resolve(word)))
    return imageOf(context, word);
  try {
    return await podOrContainer(context, word, type);
  } catch (error) {
    if (type !== 'all' || !isCode(error, 'NOT_FOUND')) throw error;
    // a word that is no image either: what was said about pods says it
    return await imageOf(context, word).catch(() => Promise.reject(error));
  }
}

async function imageOf(context: Context, word: string): Promise<unknown> {
  const image = (await context.world.images()).resolve(word);
  if (!image)
    throw new PodsteadError('IMAGE_NOT_FOUND', `there is no image ${JSON.stringify(word)}`, { remedy: 'podstead images lists them' });
  return imageDetails(image);
}

async function podOrContainer(context: Context, word: string, type: Type): Promise<unknown> {
  const reader = await context.world.reader([podKind]);
  const { pods, container } = await findPods(reader, context.namespace, word);
  const pod = pods[0] as Pod;
  const rows = containerRows([pod], publishedPorts);
  if (container === undefined) {
    if (type === 'container')
      throw new PodsteadError('NOT_FOUND', `${JSON.stringify(word)} is a pod, not a container`, { remedy: 'a container is POD-CONTAINER' });
    return podDetails(pod, rows);
  }
  if (type === 'pod') throw new PodsteadError('NOT_FOUND', `${JSON.stringify(word)} is a container, not a pod`);
  const row = rows.find((candidate) => candidate.container === container);
  if (!row) throw new PodsteadError('NOT_FOUND', `container ${container} of pod/${pod.metadata.name} was not made yet`);
  const record = (await context.world.containers()).find((candidate) => candidate.id === row.id);
  const image = (await context.world.images()).find(row.imageId === '' ? row.image : row.imageId);
  return containerDetails(pod, row, record, image);
}
