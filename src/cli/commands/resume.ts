/** `podstead resume` */
import type { Command } from '../command.ts';

export const resume: Command = {
  name: 'resume',
  operands: '',
  description: 'After a restart of the machine nothing runs until play, apply or this command asks for it. It returns at once.',
  options: [{ flags: '-q, --quiet', help: 'say nothing' }],
  examples: [['what ran before', 'podstead resume']],
  async run(context, { options }) {
    await (await context.world.api()).resume();
    if (!options.flag('quiet')) context.out.line('resumed');
    return 0;
  },
};
