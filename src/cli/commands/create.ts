/** `podstead create -f` */
import { PodsteadError } from '../../api/errors.ts';
import { kindOf, objectName } from '../../api/kinds.ts';
import type { Stored } from '../../api/objects.ts';
import { DRY_RUN_NOTE } from '../apply-objects.ts';
import { printErrors } from '../collect.ts';
import type { Command } from '../command.ts';
import { SilentExit } from '../faults.ts';
import { parseFormat } from '../format.ts';
import { loadObjects } from '../manifest-objects.ts';
import { notices } from '../notices.ts';
import { printData } from '../print.ts';

export const create: Command = {
  name: 'create',
  operands: '',
  options: [
    { flags: '-f, --filename <file>', help: 'a file, directory, URL, or - for standard input', many: true },
    { flags: '-R, --recursive', help: 'directories below as well' },
    { flags: '--dry-run [client|server|none]', help: 'only say what would be done', bare: 'client', default: 'none' },
    { flags: '-o, --output <format>', help: "json, yaml, name or jsonpath='{…}': the stored objects" },
  ],
  examples: [['a file', 'podstead create -f job.yaml']],
  async run(context, { options }) {
    const files = options.list('filename');
    if (files.length === 0) throw new PodsteadError('USAGE', 'no manifest given', { remedy: 'podstead create -f FILE' });
    const format = parseFormat(options.text('output'));
    const dryRun = options.choice('dry-run', ['client', 'server', 'none']) ?? 'none';
    const objects = await loadObjects(context, files, options.flag('recursive'));
    for (const line of notices(objects)) context.err.line(line);
    const api = await context.world.api();
    const stored: Stored[] = [];
    const errors: unknown[] = [];
    for (const object of objects) {
      const kind = kindOf(object.apiVersion, object.kind);
      if (!kind) continue;
      try {
        const created = await api.create(kind, object, { dryRun: dryRun !== 'none' });
        stored.push(created);
        if (format.as === 'table') context.out.line(`${objectName(created)} created${DRY_RUN_NOTE[dryRun]}`);
      } catch (error) {
        errors.push(error);
      }
    }
    if (format.as !== 'table' && stored.length > 0) await printData(context.out, stored, format, stored.length === 1);
    if (errors.length === 0) return 0;
    printErrors(context, errors);
    throw new SilentExit(1);
  },
};
