/** From the words of a command line to an exit code: the one place that prints errors and ends the process. */
import { type Given, readCommandLine } from './command.ts';
import type { Context } from './context.ts';
import { describeError, exitCodeOf } from './faults.ts';
import { Interrupts, type SignalSource } from './interrupts.ts';
import { type Sink, Terminal } from './terminal.ts';
import { resolveVerb } from './verbs.ts';
import type { World } from './world.ts';

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly signals: SignalSource;
  readonly input: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** `notify` is given what is to be said on standard error. */
  readonly openWorld: (env: NodeJS.ProcessEnv, notify: (text: string) => void) => Promise<World>;
  /** Called for a second Ctrl-C. */
  readonly abandon: () => void;
  now(): Date;
}

/** Never throws. */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const out = new Terminal(around.stdout, around.env);
  const err = new Terminal(around.stderr, around.env);
  const debug = isDebug(argv);
  let world: World | undefined;
  try {
    const call = resolveVerb(argv);
    if ('help' in call) {
      const { overview } = await import('./help.ts');
      out.raw(overview(call.help));
      return 0;
    }
    const command = await call.verb.load();
    const given = readCommandLine(command, call.args);
    if (given === 'help') {
      const { commandHelp } = await import('./help.ts');
      out.raw(commandHelp(call.verb, command));
      return 0;
    }
    world = await around.openWorld(around.env, (text) => err.line(`podstead: ${text}`));
    return (await command.run(contextOf(around, given, { out, err, debug, world }), given)) ?? 0;
  } catch (error) {
    for (const line of describeError(error, debug)) err.line(line);
    return exitCodeOf(error);
  } finally {
    await world?.close();
  }
}

/** `--debug` before the words of a program. */
const isDebug = (argv: readonly string[]): boolean => {
  const dashes = argv.indexOf('--');
  return (dashes < 0 ? argv : argv.slice(0, dashes)).includes('--debug');
};

function contextOf(around: Surroundings, { options }: Given, own: Pick<Context, 'out' | 'err' | 'debug' | 'world'>): Context {
  const { env, cwd, input } = around;
  const chosen = options.text('namespace') || env['PODSTEAD_NAMESPACE'] || undefined;
  const interrupts = new Interrupts(around.signals, around.abandon);
  return {
    ...own,
    ...{ env, cwd, input },
    namespace: chosen ?? 'default',
    namespaceGiven: chosen !== undefined,
    onInterrupt: (act) => interrupts.on(act),
    now: () => around.now(),
  };
}

/** Ends the process when everything is written. A reader that went away (`| head`) ends it quietly. */
export async function main(argv: readonly string[]): Promise<void> {
  const { stdout, stderr, env } = process;
  // Node's own warnings (node:sqlite is young) are not for our users
  if (!isDebug(argv)) process.removeAllListeners('warning');
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      if (stream !== stderr) stderr.write(`podstead: the output cannot be written: ${error.message}\n`);
      process.exit(1);
    });
  }
  const code = await run(argv, {
    ...{ env, stdout, stderr, cwd: workingDirectory(), signals: process },
    // opened only when it is read: 2 ms
    input: () => process.stdin,
    openWorld: async (...args) => (await import('./real-world.ts')).openWorld(...args),
    abandon: () => process.exit(130),
    now: () => new Date(),
  });
  await Promise.all([stdout, stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(code);
}

/** It may have been removed. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
