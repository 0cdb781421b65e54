/** `podstead system reset` */
import { createInterface } from 'node:readline/promises';
import { PodsteadError } from '../../api/errors.ts';
import { resetAll } from '../../host/stop.ts';
import { findTools } from '../../host/tools.ts';
import type { Command } from '../command.ts';

export const systemReset: Command = {
  name: 'system reset',
  operands: '',
  description:
    'Nothing is left but your own settings: running pods are ended at once, and objects, volumes with their data, and images are deleted.',
  options: [{ flags: '-f, --force', help: 'do not ask' }],
  examples: [['from a script', 'podstead system reset --force']],
  async run(context, { options }) {
    const paths = await context.world.paths();
    if (!options.flag('force')) {
      if (!process.stdin.isTTY)
        throw new PodsteadError('USAGE', 'this deletes everything, and there is nobody to ask', {
          remedy: '--force if that is what you want',
        });
      const question = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await question.question(`Delete everything below ${paths.data}: objects, volumes with their data, images? [y/N] `);
      question.close();
      if (!/^y(es)?$/i.test(answer.trim())) return 1;
    }
    await resetAll(paths, findTools(context.env), context.env);
    return 0;
  },
};
