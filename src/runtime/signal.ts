/** Signals by the names that manifests and images use: `TERM`, `SIGTERM`, `15`, `SIGRTMIN+3`. Pure. */
import { constants } from 'node:os';
import { PodsteadError } from '../api/errors.ts';

const NUMBERS: Readonly<Record<string, number>> = constants.signals;
/** As the C library numbers them: the first two real-time signals are its own. */
const RTMIN = 34;
const RTMAX = 64;

function realTime(name: string): number | undefined {
  const [, base, sign, offset] = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name) ?? [];
  if (base === undefined) return undefined;
  const number = (base === 'MIN' ? RTMIN : RTMAX) + Number(offset ?? 0) * (sign === '-' ? -1 : 1);
  return number >= RTMIN && number <= RTMAX ? number : undefined;
}

/** Throws CONTAINER_CONFIG for what is no signal. */
export function signalNumber(text: string): number {
  const name = text.trim().toUpperCase().replace(/^SIG/, '');
  const number = /^\d+$/.test(name) ? Number(name) : (NUMBERS[`SIG${name}`] ?? realTime(name));
  if (number !== undefined && number >= 1 && number <= RTMAX) return number;
  throw new PodsteadError('CONTAINER_CONFIG', `${JSON.stringify(text)} is not a signal`, {
    remedy: 'examples: SIGTERM, QUIT, 15, SIGRTMIN+3',
  });
}
