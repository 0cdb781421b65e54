/** What a table shows of a kind. Pure: the time is given. */

import type { KubeObject } from '../../api/objects.ts';
import { age } from '../duration.ts';

export interface Column<T> {
  readonly head: string;
  /** Only with -o wide. */
  readonly wide?: true;
  readonly cell: (object: T, now: Date) => string;
}

export const NONE = '<none>';

export const nameColumn: Column<Pick<KubeObject, 'metadata'>> = { head: 'NAME', cell: (o) => o.metadata.name ?? '' };
export const ageColumn: Column<Pick<KubeObject, 'metadata'>> = { head: 'AGE', cell: (o, now) => age(o.metadata.creationTimestamp, now) };

export const labelText = (labels: Readonly<Record<string, string>> | undefined): string => {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? NONE : pairs.map(([key, value]) => `${key}=${value}`).join(',');
};
