import { PodsteadError } from '../../api/errors.ts';
import type { Command } from '../command.ts';
export const tag: Command = {
  name: 'tag',
  operands: '[word...]',
  options: [],
  examples: [],
  run: () => Promise.reject(new PodsteadError('USAGE', 'not built yet')),
};
