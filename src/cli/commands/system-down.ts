/** `podstead system down` */
import { setTimeout as pause } from 'node:timers/promises';
import { PodsteadError } from '../../api/errors.ts';
import { readHolder } from '../../host/boot.ts';
import { killAll, stopHolder } from '../../host/stop.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';

const LOOK_AGAIN_MS = 50;
const NOTE_MS = 2_000;

export const systemDown: Command = {
  name: 'system down',
  operands: '',
  description: 'Pods get their grace period. Objects, data and images stay; podstead resume starts everything again.',
  options: [
    { flags: '--force', help: 'end everything at once' },
    { flags: '--timeout <duration>', help: 'wait no longer than that for pods to end', default: '5m' },
    { flags: '-q, --quiet', help: 'say nothing' },
  ],
  examples: [['before the machine is switched off', 'podstead system down']],
  async run(context, { options }) {
    const paths = await context.world.paths();
    if (readHolder(paths)) {
      if (options.flag('force')) await noteStop(context);
      else await endPods(context, options.duration('timeout') ?? 0);
    }
    if (options.flag('force')) await killAll(paths);
    await stopHolder(paths, LOOK_AGAIN_MS);
    if (!options.flag('quiet')) context.out.line('stopped');
    return 0;
  },
};

/** The engine notes that nothing is to come back by itself. One that does not answer is ended all the same. */
async function noteStop(context: Context): Promise<void> {
  const api = await context.world.api();
  await Promise.race([api.stop(), pause(NOTE_MS, undefined, { ref: false })]).catch(() => undefined);
}

/** Throws TIMEOUT. */
async function endPods(context: Context, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const api = await context.world.api();
  await api.stop();
  while ((await api.state()).holding) {
    if (Date.now() > deadline)
      throw new PodsteadError('TIMEOUT', 'some pods have not ended yet', { remedy: 'a longer --timeout, or podstead system down --force' });
    await pause(LOOK_AGAIN_MS);
  }
}
