/** Events, for `get events` and `events`. */
import type { CoreEvent } from '../../api/objects.ts';
import { shortDuration } from '../duration.ts';
import { type Column, nameColumn } from './column.ts';

/** When it was seen last, RFC 3339; events with and without a series keep it in different fields. */
export const lastSeen = (event: CoreEvent): string | undefined =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
const firstSeen = (event: CoreEvent): string | undefined => event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
const times = (event: CoreEvent): number => event.series?.count ?? event.count ?? 1;

const since = (time: string | undefined, now: Date): string =>
  time === undefined ? '<unknown>' : shortDuration(now.getTime() - Date.parse(time));

const objectText = (event: CoreEvent): string => `${(event.involvedObject.kind ?? '').toLowerCase()}/${event.involvedObject.name ?? ''}`;

/** Oldest first. */
export const byTime = (a: CoreEvent, b: CoreEvent): number => Date.parse(lastSeen(a) ?? '') - Date.parse(lastSeen(b) ?? '') || 0;

const type: Column<CoreEvent> = { head: 'TYPE', cell: (e) => e.type ?? '' };
const reason: Column<CoreEvent> = { head: 'REASON', cell: (e) => e.reason ?? '' };
const object: Column<CoreEvent> = { head: 'OBJECT', cell: objectText };
const message: Column<CoreEvent> = { head: 'MESSAGE', cell: (e) => (e.message ?? '').trim() };

export const eventColumns: readonly Column<CoreEvent>[] = [
  { head: 'LAST SEEN', cell: (e, now) => since(lastSeen(e), now) },
  type,
  reason,
  object,
  { head: 'SUBOBJECT', wide: true, cell: (e) => e.involvedObject.fieldPath ?? '' },
  { head: 'SOURCE', wide: true, cell: (e) => [e.source?.component ?? e.reportingComponent, e.source?.host].filter(Boolean).join(', ') },
  message,
  { head: 'FIRST SEEN', wide: true, cell: (e, now) => since(firstSeen(e), now) },
  { head: 'COUNT', wide: true, cell: (e) => String(times(e)) },
  { ...nameColumn, wide: true },
];

/** The `events` command: how often is part of when. */
export const eventsColumns: readonly Column<CoreEvent>[] = [
  {
    head: 'LAST SEEN',
    cell: (e, now) =>
      times(e) > 1 ? `${since(lastSeen(e), now)} (x${times(e)} over ${since(firstSeen(e), now)})` : since(lastSeen(e), now),
  },
  type,
  reason,
  object,
  message,
];
