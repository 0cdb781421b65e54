/** Values that are a number or a percentage (`25%`), as in maxSurge and maxUnavailable. */
import { PodsteadError } from './errors.ts';

/** The wire type: the official client types it as number | string. */
export type IntOrString = number | string;

const PERCENT = /^(\d+)%$/;

/** The percentage as a whole number; undefined when it is not one. */
export const percentOf = (value: IntOrString): number | undefined => {
  const match = typeof value === 'string' ? PERCENT.exec(value) : null;
  return match ? Number(match[1]) : undefined;
};

/** A count out of `total`: percentages are rounded `up` or `down`. Throws USAGE. */
export const resolveCount = (value: IntOrString, total: number, round: 'up' | 'down'): number => {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) throw new PodsteadError('USAGE', `${JSON.stringify(value)} is neither a number nor a percentage like "25%"`);
  const exact = (percent * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
};
