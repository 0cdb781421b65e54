/** `podstead rollout status` */
import { PodsteadError } from '../../api/errors.ts';
import { type KindInfo, resourceOfKind } from '../../api/kinds.ts';
import type { Deployment, Stored } from '../../api/objects.ts';
import { notFound } from '../../api/status.ts';
import { rolloutStatus as statusOf } from '../../controllers/rollout-status.ts';
import { collect, FILE_OPTIONS, targetsOf } from '../collect.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { lookThenFollow, TIMED_OUT } from '../follow.ts';

export const rolloutStatus: Command = {
  name: 'rollout status',
  operands: '[kind] [name...]',
  options: [
    ...FILE_OPTIONS,
    { flags: '-l, --selector <labels>', help: 'all Deployments with these labels' },
    { flags: '-w, --watch', help: 'wait until it is done', default: true },
    { flags: '--timeout <duration>', help: 'wait no longer than that (0: no limit)', default: '0' },
  ],
  examples: [['wait at most a minute', 'podstead rollout status deployment/web --timeout=60s']],
  async run(context, given) {
    const { options } = given;
    const targets = await targetsOf(context, given, false);
    const other = targets.find(({ kind }) => kind.kind !== 'Deployment');
    if (other) throw new PodsteadError('USAGE', `${other.kind.plural} have no rollout`, { remedy: 'deployments have' });
    const timeoutMs = options.duration('timeout') || undefined;
    const reader = await context.world.reader(targets.map(({ kind }) => kind));
    const { found, missing } = await collect(reader, targets, context.namespace, options.text('selector'));
    if (missing[0]) throw missing[0];
    for (const { kind, object } of found) {
      if (options.flag('watch')) await watchRollout(context, kind, object, timeoutMs);
      else context.out.line(statusOf(object as unknown as Deployment).message);
    }
    return 0;
  },
};

/** Throws TIMEOUT, NotFound, and CONFLICT for a rollout that has failed. */
async function watchRollout(context: Context, kind: KindInfo, first: Stored, timeoutMs: number | undefined): Promise<void> {
  const { namespace, name } = first.metadata;
  let said = '';
  const look = (objects: readonly Stored[]) => {
    const deployment = objects.find((object) => object.metadata.name === name);
    if (!deployment) throw notFound(resourceOfKind(kind), name);
    const status = statusOf(deployment as unknown as Deployment);
    if (status.message !== said && !status.failed) context.out.line(status.message);
    said = status.message;
    if (status.failed) throw new PodsteadError('TIMEOUT', status.message);
    return status.done ? true : undefined;
  };
  const outcome = await lookThenFollow(context.world, kind, namespace, look, { timeoutMs });
  if (outcome === TIMED_OUT) {
    throw new PodsteadError(
      'TIMEOUT',
      `deployment ${JSON.stringify(name)} was not rolled out within ${(timeoutMs ?? 0) / 1000} s: ${said}`,
      {
        remedy: `podstead get pods -n ${namespace ?? 'default'} shows what its pods wait for`,
      },
    );
  }
}
