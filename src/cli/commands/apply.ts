/** `podstead apply` */
import { PodsteadError } from '../../api/errors.ts';
import { applyObjects } from '../apply-objects.ts';
import type { Command } from '../command.ts';
import { parseFormat } from '../format.ts';
import { loadObjects } from '../manifest-objects.ts';
import { notices } from '../notices.ts';

export const apply: Command = {
  name: 'apply',
  operands: '',
  description:
    'Objects that exist are changed to what the file says; fields that it does not mention stay. All of them are stored, or none. Use play kube to wait until everything has started.',
  options: [
    { flags: '-f, --filename <file>', help: 'a file, directory, URL, or - for standard input', many: true },
    { flags: '-R, --recursive', help: 'directories below as well' },
    { flags: '--dry-run [client|server|none]', help: 'only say what would be done', bare: 'client', default: 'none' },
    { flags: '-o, --output <format>', help: "json, yaml, name or jsonpath='{…}': the stored objects" },
  ],
  examples: [
    ['a file', 'podstead apply -f app.yaml'],
    ['a directory, only looking', 'podstead apply -f manifests/ --dry-run=server'],
  ],
  async run(context, { options }) {
    const files = options.list('filename');
    if (files.length === 0) throw new PodsteadError('USAGE', 'no manifest given', { remedy: 'podstead apply -f FILE' });
    const format = parseFormat(options.text('output'));
    const dryRun = options.choice('dry-run', ['client', 'server', 'none']) ?? 'none';
    const objects = await loadObjects(context, files, options.flag('recursive'));
    for (const line of notices(objects)) context.err.line(line);
    return applyObjects(context, objects, { dryRun, format });
  },
};
