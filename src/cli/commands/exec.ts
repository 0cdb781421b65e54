/** `podstead exec` */
import { PodsteadError } from '../../api/errors.ts';
import type { Pod } from '../../api/objects.ts';
import type { Command, Given } from '../command.ts';
import type { Context } from '../context.ts';
import { findPods, podKind } from '../find-pods.ts';
import { chooseContainer, containerId, pickPod, statusesOf } from '../names.ts';

export const exec: Command = {
  name: 'exec',
  operands: '<name>',
  description:
    "NAME is a pod, POD-CONTAINER, or KIND/NAME, of which one pod is chosen. The exit code is the command's own; 125 to 127 when it could not be run.",
  programAfter: 1,
  options: [
    { flags: '-i, --stdin', help: 'hand standard input on' },
    { flags: '--interactive', help: 'the same as --stdin', hidden: true },
    { flags: '-t, --tty', help: 'a terminal for the command' },
    { flags: '-c, --container <name>', help: 'which container' },
    { flags: '-e, --env <name=value>', help: 'one more variable', many: true },
    { flags: '-w, --workdir <directory>', help: "instead of the container's own" },
    { flags: '-q, --quiet', help: 'do not tell which container was taken' },
  ],
  examples: [
    ['a command', 'podstead exec web -- ls /etc'],
    ['a shell', 'podstead exec -it web-main sh'],
  ],
  async run(context, given) {
    const { program, options } = given;
    if (program.length === 0) throw new PodsteadError('USAGE', 'say which command', { remedy: 'podstead exec POD -- COMMAND' });
    const id = await runningContainer(context, given);
    const stdin = options.flag('stdin') || options.flag('interactive');
    const tty = options.flag('tty') && process.stdin.isTTY;
    if (options.flag('tty') && !tty) context.err.line('podstead: the input is no terminal, so the command gets none');
    const { execContainer } = await import('../exec-container.ts');
    const workdir = options.text('workdir');
    const request = {
      id,
      args: program,
      stdin: stdin || tty,
      tty,
      env: options.list('env'),
      ...(workdir === undefined ? {} : { workdir }),
    };
    return execContainer(await context.world.paths(), context.env, request);
  },
};

/** Throws NOT_FOUND, AMBIGUOUS, and CONFLICT for one that does not run. */
async function runningContainer(context: Context, { operands, options }: Given): Promise<string> {
  const reader = await context.world.reader([podKind]);
  const found = await findPods(reader, context.namespace, operands[0] ?? '');
  const pod = pickPod(found.pods) as Pod;
  const { name, isDefault } = chooseContainer(pod, options.text('container') ?? found.container);
  if (isDefault && !options.flag('quiet')) {
    context.err.line(`Defaulted container ${JSON.stringify(name)} out of: ${pod.spec.containers.map((c) => c.name).join(', ')}`);
  }
  const status = statusesOf(pod).find((candidate) => candidate.name === name);
  if (status?.state?.running) return containerId(status);
  const { waiting, terminated } = status?.state ?? {};
  const how = waiting?.reason ?? (terminated ? `it ended with code ${terminated.exitCode}` : 'it was not started yet');
  throw new PodsteadError('CONFLICT', `container ${name} of pod/${pod.metadata.name} does not run: ${how}`);
}
