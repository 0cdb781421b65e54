/** `podstead kube down` */
import type { Command } from '../command.ts';
import { takeDown } from '../take-down.ts';

export const down: Command = {
  name: 'kube down',
  operands: '<file...>',
  description: 'Claims and their data stay, and a Namespace that holds other objects. Pods get their grace period.',
  options: [
    { flags: '--force', help: 'also remove claims and their data' },
    { flags: '-R, --recursive', help: 'directories below as well' },
    { flags: '-q, --quiet', help: 'no progress' },
    { flags: '-o, --output <format>', help: 'json: the finished play' },
  ],
  examples: [
    ['what the file made', 'podstead kube down app.yaml'],
    ['with its data', 'podstead kube down --force app.yaml'],
  ],
  run: (context, { operands, options }) => takeDown(context, operands, options),
};
