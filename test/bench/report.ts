/** Figures as a table for people. Pure. */
import type { Measure } from './measures.ts';

/** measure → side → one figure a round. */
export type Samples = Record<string, Record<string, number[]>>;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
};

const figure = (value: number): string => {
  if (Number.isNaN(value)) return '';
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
};

/** Medians of each side, and the median of the ratios of the rounds: machines are slow at times, and then for everybody. */
export function table(measures: readonly Measure[], samples: Samples): string {
  const header = ['', 'podstead', 'podman', 'floor', 'podstead / podman', 'podstead / floor'];
  const rows = measures.flatMap(({ name, title, unit }) => {
    const of = samples[name];
    if (!of) return [];
    const value = (side: string) => {
      const text = figure(median(of[side] ?? []));
      return text === '' ? '–' : `${text} ${unit}`;
    };
    const ratio = (side: string) => figure(median(ratios(of['podstead'] ?? [], of[side] ?? []))) || '–';
    return [[title, value('podstead'), value('podman'), value('floor'), ratio('podman'), ratio('floor')]];
  });
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

const ratios = (ours: readonly number[], theirs: readonly number[]): number[] =>
  ours.flatMap((value, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [value / other];
  });
