/** `podstead delete` */
import { PodsteadError } from '../../api/errors.ts';
import { type KindInfo, objectName } from '../../api/kinds.ts';
import { isApiError } from '../../api/status.ts';
import type { Api, DeleteOptions } from '../api.ts';
import { type Chosen, collect, FILE_OPTIONS, printErrors, targetsOf } from '../collect.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { SilentExit } from '../faults.ts';
import { follow, TIMED_OUT } from '../follow.ts';
import type { Options } from '../options.ts';
import { printData } from '../print.ts';

export const remove: Command = {
  name: 'delete',
  operands: '[kind] [name...]',
  description: 'Pods get their grace period to end; the command waits until the objects are gone.',
  options: [
    ...FILE_OPTIONS,
    { flags: '-l, --selector <labels>', help: 'all objects of the kind with these labels' },
    { flags: '--field-selector <fields>', help: 'all objects of the kind with these fields' },
    { flags: '--all', help: 'all objects of the kind in the namespace' },
    { flags: '-A, --all-namespaces', help: 'with -l or --all: of all namespaces' },
    { flags: '--wait', help: 'wait until they are gone', default: true },
    { flags: '--timeout <duration>', help: 'wait no longer than that (0: no limit)', default: '0' },
    { flags: '--grace-period <seconds>', help: "seconds that a pod gets to end, instead of the pod's own number" },
    { flags: '--force', help: 'end pods at once' },
    { flags: '--now', help: 'the same as --grace-period=1' },
    {
      flags: '--cascade [background|foreground|orphan]',
      help: 'what becomes of the objects that it owns',
      bare: 'background',
      default: 'background',
    },
    { flags: '--ignore-not-found', help: 'what is not there is no error' },
    { flags: '--dry-run [client|server|none]', help: 'only say what would be deleted', bare: 'client', default: 'none' },
    { flags: '-o, --output <format>', help: 'name: only the names; json or yaml: the objects as they were' },
  ],
  examples: [
    ['one pod', 'podstead delete pod web'],
    ['what a file names', 'podstead delete -f app.yaml'],
    ['everything with a label', 'podstead delete deploy,svc,cm -l app=web'],
    ['at once', 'podstead delete pod web --force'],
  ],
  async run(context, given) {
    const { options } = given;
    const wishes = deleteOptions(options);
    const byName = options.text('selector') === undefined && !options.flag('all') && !options.has('field-selector');
    const targets = await targetsOf(context, given, !byName);
    const reader = await context.world.reader(targets.map(({ kind }) => kind));
    const namespace = options.flag('all-namespaces') ? undefined : context.namespace;
    const { found, missing } = await collect(reader, targets, namespace, options.text('selector'), options.text('field-selector'));
    if (found.length === 0 && missing.length === 0) context.err.line('No resources found');
    if (found.length > 0) {
      const api = await context.world.api();
      await deleteAll(context, api, found, wishes, options);
      if (options.flag('wait') && !wishes.dryRun) await waitUntilGone(api, found, options.duration('timeout') || undefined);
    }
    if (missing.length === 0 || options.flag('ignore-not-found')) return 0;
    printErrors(context, missing);
    throw new SilentExit(1);
  },
};

const POLICIES = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan', true: 'Background', false: 'Orphan' } as const;

/** Pure. Throws USAGE. */
export function deleteOptions(options: Options): DeleteOptions {
  const cascade = options.choice('cascade', ['background', 'foreground', 'orphan', 'true', 'false']) ?? 'background';
  const dryRun = options.choice('dry-run', ['client', 'server', 'none']) !== 'none';
  const wanted = options.flag('now') ? 1 : options.count('grace-period', { min: -1 });
  if (options.flag('now') && options.has('grace-period')) throw new PodsteadError('USAGE', 'either --now or --grace-period, not both');
  if (options.flag('force') && wanted !== undefined && wanted > 0)
    throw new PodsteadError('USAGE', '--force goes with no grace period but 0');
  // as kubectl: to end a pod at once takes --force, so that nobody does it by accident
  const seconds = options.flag('force') ? 0 : wanted === 0 ? 1 : wanted;
  return {
    propagationPolicy: POLICIES[cascade],
    ...(dryRun ? { dryRun } : {}),
    ...(seconds === undefined || seconds < 0 ? {} : { gracePeriodSeconds: seconds }),
  };
}

/** One that went by itself meanwhile counts as deleted. */
async function deleteAll(context: Context, api: Api, found: readonly Chosen[], wishes: DeleteOptions, options: Options): Promise<void> {
  const format = options.choice('output', ['name', 'json', 'yaml']);
  for (const { kind, object } of found) {
    const { name, namespace = '', uid } = object.metadata;
    try {
      await api.remove(kind, namespace, name, { ...wishes, uid });
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
    }
    if (format === undefined) context.out.line(`${objectName(object)} deleted${wishes.dryRun ? ' (dry run)' : ''}`);
  }
  if (format !== undefined)
    await printData(
      context.out,
      found.map(({ object }) => object),
      { as: format },
      found.length === 1,
    );
}

async function waitUntilGone(api: Api, deleted: readonly Chosen[], timeoutMs: number | undefined): Promise<void> {
  const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
  const groups = Map.groupBy(deleted, ({ kind, object }) => `${kind.apiVersion} ${kind.kind} ${object.metadata.namespace ?? ''}`);
  for (const members of groups.values()) {
    const [first] = members;
    if (!first) continue;
    const left = await stillThere(api, first.kind, members, deadline);
    if (left.length > 0) {
      throw new PodsteadError('TIMEOUT', `still there: ${left.join(', ')}`, {
        remedy: 'a longer --timeout, or --force to end pods at once',
      });
    }
  }
}

async function stillThere(api: Api, kind: KindInfo, members: readonly Chosen[], deadline: number | undefined): Promise<string[]> {
  let left = members.map(({ object }) => object);
  const namespace = kind.namespaced ? left[0]?.metadata.namespace : undefined;
  const timeoutMs = deadline === undefined ? undefined : Math.max(1, deadline - Date.now());
  const outcome = await follow(
    api,
    kind,
    namespace,
    (objects) => {
      const uids = new Set(objects.map((o) => o.metadata.uid));
      left = left.filter((object) => uids.has(object.metadata.uid));
      return left.length === 0 ? true : undefined;
    },
    { timeoutMs },
  );
  return outcome === TIMED_OUT ? left.map(objectName) : [];
}
