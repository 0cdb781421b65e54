/** `podstead wait` */
import { PodsteadError } from '../../api/errors.ts';
import type { Stored } from '../../api/objects.ts';
import { collect, FILE_OPTIONS, type NamedTarget, targetsOf } from '../collect.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { lookThenFollow, TIMED_OUT } from '../follow.ts';
import { kindPrefix } from '../kind-prefix.ts';
import { type Goal, parseGoal } from '../wait-for.ts';

export const wait: Command = {
  name: 'wait',
  operands: '[kind] [name...]',
  options: [
    { flags: '--for <goal>', help: "delete, create, condition=Ready[=false] or jsonpath='{.status.phase}'=Running", many: true },
    { flags: '--timeout <duration>', help: 'wait no longer than that; 0: look once, negative: no limit', default: '30s' },
    ...FILE_OPTIONS,
    { flags: '-l, --selector <labels>', help: 'all objects of the kind with these labels' },
    { flags: '--all', help: 'all objects of the kind in the namespace' },
    { flags: '-A, --all-namespaces', help: 'with -l or --all: of all namespaces' },
    { flags: '-o, --output <format>', help: 'name: only the names' },
  ],
  examples: [
    ['until a pod is ready', 'podstead wait --for=condition=Ready pod/web --timeout=60s'],
    ['until it is gone', 'podstead wait --for=delete pod/web'],
    ['until a field has a value', "podstead wait --for=jsonpath='{.status.phase}'=Succeeded pod/job"],
  ],
  async run(context, given) {
    const { options } = given;
    const goals = options.list('for').map(parseGoal);
    if (goals.length === 0) throw new PodsteadError('USAGE', 'say what to wait for: --for=condition=Ready, --for=delete, …');
    const timeoutMs = options.duration('timeout') ?? 30_000;
    const deadline = timeoutMs < 0 ? undefined : Date.now() + timeoutMs;
    const onlyName = options.choice('output', ['name']) === 'name';
    const targets = await expand(context, given, goals);
    for (const goal of goals) for (const target of targets) await waitFor(context, target, goal, deadline, onlyName);
    return 0;
  },
};

interface One extends NamedTarget {
  name: string;
  namespace: string;
}

/** Every object by name. Without -l and --all a name that is not there is an error only when the goal needs it to be there. */
async function expand(context: Context, given: Parameters<Command['run']>[1], goals: readonly Goal[]): Promise<One[]> {
  const { options } = given;
  const targets = await targetsOf(context, given, options.flag('all'));
  const named = targets.filter((t): t is NamedTarget & { name: string } => t.name !== undefined);
  const reader = await context.world.reader(targets.map(({ kind }) => kind));
  const namespace = options.flag('all-namespaces') ? undefined : context.namespace;
  const { found, missing } = await collect(reader, targets, namespace, options.text('selector'));
  if (goals.some((goal) => goal.kind === 'met') && missing[0] && !goals.some((goal) => goal.kind === 'there')) throw missing[0];
  if (named.length > 0) return named.map((t) => ({ ...t, namespace: t.namespace ?? context.namespace }));
  if (found.length === 0 && goals.every((goal) => goal.kind !== 'gone'))
    throw new PodsteadError('NOT_FOUND', 'no matching resources found');
  return found.map(({ kind, object }) => ({ kind, name: object.metadata.name, namespace: object.metadata.namespace ?? '' }));
}

/** Throws TIMEOUT. */
async function waitFor(context: Context, target: One, goal: Goal, deadline: number | undefined, onlyName: boolean): Promise<void> {
  const { kind, name, namespace } = target;
  let first: string | undefined;
  const look = (objects: readonly Stored[]): 'met' | 'absent' | undefined => {
    const object = objects.find((o) => o.metadata.name === name);
    if (goal.kind === 'gone') {
      // another one of the same name is not the one we waited for
      if (!object || (first !== undefined && first !== object.metadata.uid)) return first === undefined ? 'absent' : 'met';
      first ??= object.metadata.uid;
      return undefined;
    }
    return object && goal.met(object) ? 'met' : undefined;
  };
  const timeoutMs = deadline === undefined ? undefined : Math.max(0, deadline - Date.now());
  const outcome = await lookThenFollow(context.world, kind, kind.namespaced ? namespace : undefined, look, { timeoutMs });
  const text = `${kindPrefix(kind)}${name}`;
  if (outcome === TIMED_OUT) {
    throw new PodsteadError('TIMEOUT', `timed out waiting for the condition on ${kind.plural}/${name}`, {
      remedy: `a longer --timeout; podstead get ${text} -n ${namespace} shows how it is now`,
    });
  }
  if (outcome === 'met') context.out.line(onlyName ? text : `${text} condition met`);
}
