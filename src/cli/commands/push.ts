import { PodsteadError } from '../../api/errors.ts';
import type { Command } from '../command.ts';
export const push: Command = {
  name: 'push',
  operands: '[word...]',
  options: [],
  examples: [],
  run: () => Promise.reject(new PodsteadError('USAGE', 'not built yet')),
};
