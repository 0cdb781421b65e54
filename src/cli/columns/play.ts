/** Plays: what was asked for and how it went. */
import type { Play } from '../../api/objects.ts';
import { ageColumn, type Column, nameColumn } from './column.ts';

export const playColumns: readonly Column<Play>[] = [
  nameColumn,
  { head: 'MODE', cell: (p) => p.spec.mode },
  { head: 'STATUS', cell: (p) => p.status?.phase ?? 'Queued' },
  { head: 'OBJECTS', cell: (p) => String(p.spec.objects.length) },
  ageColumn,
  { head: 'MESSAGE', wide: true, cell: (p) => p.status?.message ?? '' },
];
