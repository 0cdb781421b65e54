/** `podstead scale` */
import { PodsteadError } from '../../api/errors.ts';
import { objectName } from '../../api/kinds.ts';
import type { Stored } from '../../api/objects.ts';
import { collect, FILE_OPTIONS, printErrors, targetsOf } from '../collect.ts';
import type { Command } from '../command.ts';
import { SilentExit } from '../faults.ts';
import { printData } from '../print.ts';

const SCALABLE = new Set(['Deployment', 'ReplicaSet']);

export const scale: Command = {
  name: 'scale',
  operands: '[kind] [name...]',
  options: [
    { flags: '--replicas <n>', help: 'how many' },
    { flags: '--current-replicas <n>', help: 'only if there are that many now' },
    ...FILE_OPTIONS,
    { flags: '-l, --selector <labels>', help: 'all of the kind with these labels' },
    { flags: '--all', help: 'all of the kind in the namespace' },
    { flags: '--timeout <duration>', help: 'taken and not needed', hidden: true },
    { flags: '--dry-run [client|server|none]', help: 'only say what would be scaled', bare: 'client', default: 'none' },
    { flags: '-o, --output <format>', help: 'name: only the names; json or yaml: the objects' },
  ],
  examples: [['three pods', 'podstead scale deployment web --replicas=3']],
  async run(context, given) {
    const { options } = given;
    const replicas = options.count('replicas');
    if (replicas === undefined) throw new PodsteadError('USAGE', 'say how many: --replicas=N');
    const current = options.count('current-replicas');
    const dryRun = options.choice('dry-run', ['client', 'server', 'none']) !== 'none';
    const format = options.choice('output', ['name', 'json', 'yaml']);
    const scaled: Stored[] = [];
    const targets = await targetsOf(context, given, options.flag('all'));
    for (const { kind } of targets) {
      if (!SCALABLE.has(kind.kind))
        throw new PodsteadError('USAGE', `${kind.plural} cannot be scaled`, { remedy: 'deployments and replicasets can' });
    }
    const api = await context.world.api();
    const { found, missing } = await collect(api, targets, context.namespace, options.text('selector'));
    for (const { kind, object } of found) {
      const now = (object['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
      if (current !== undefined && current !== now) {
        throw new PodsteadError('CONFLICT', `${objectName(object)} has ${now} replicas, not ${current}`);
      }
      const { namespace = '', name } = object.metadata;
      scaled.push(await api.patch(kind, namespace, name, { spec: { replicas } }, { dryRun }));
      if (format === undefined) context.out.line(`${objectName(object)} scaled${dryRun ? ' (dry run)' : ''}`);
    }
    if (format !== undefined) await printData(context.out, scaled, { as: format }, scaled.length === 1);
    if (missing.length === 0) return 0;
    printErrors(context, missing);
    throw new SilentExit(1);
  },
};
