import { PodsteadError } from '../../api/errors.ts';
import type { Command } from '../command.ts';
export const systemDown: Command = {
  name: 'system down',
  operands: '[word...]',
  options: [],
  examples: [],
  run: () => Promise.reject(new PodsteadError('USAGE', 'not built yet')),
};
