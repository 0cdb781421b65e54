/** `podstead system down` */
import { setTimeout as pause } from 'node:timers/promises';
import { PodsteadError } from '../../api/errors.ts';
import { isStopped } from '../../host/boot.ts';
import { stopHolder } from '../../host/stop.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';

const LOOK_AGAIN_MS = 50;

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
    const force = options.flag('force');
    // not by the holder: when it has died, pods run on, and the engine that ends them brings another one
    if (!force && !isStopped(paths)) await endPods(context, options.duration('timeout') ?? 0);
    await stopHolder(paths, force ? 0 : LOOK_AGAIN_MS);
    if (!options.flag('quiet')) context.out.line('stopped');
    return 0;
  },
};

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
