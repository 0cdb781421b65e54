import { PodsteadError } from '../../api/errors.ts';
import type { Command } from '../command.ts';
export const systemReset: Command = {
  name: 'system reset',
  operands: '[word...]',
  options: [],
  examples: [],
  run: () => Promise.reject(new PodsteadError('USAGE', 'not built yet')),
};
