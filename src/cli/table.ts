/** Columns of text, as kubectl (three spaces between) and podman (two) lay them out. Pure. */
import { oneLine } from './escape.ts';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Layout {
  readonly gap: number;
  /** Columns are at least that wide, gap included. */
  readonly least: number;
  readonly headers: boolean;
}
export const KUBECTL: Layout = { gap: 3, least: 6, headers: true };
export const PODMAN: Layout = { gap: 2, least: 0, headers: true };

/** Lines without trailing spaces. The last column is as long as it is. */
export const renderTable = (table: Table, layout: Layout = KUBECTL): string[] => new TableWriter(layout).lines(table);

/** Keeps the widths of the columns, for tables that grow row by row. */
export class TableWriter {
  readonly #layout: Layout;
  #widths: number[] = [];
  #begun = false;

  constructor(layout: Layout = KUBECTL) {
    this.#layout = layout;
  }

  /** The head only the first time. */
  lines(table: Table): string[] {
    const head = this.#layout.headers && !this.#begun ? [table.head] : [];
    this.#begun = true;
    const all = [...head, ...table.rows].map((row) => row.map(oneLine));
    const { gap, least } = this.#layout;
    this.#widths = table.head.map((_, i) => Math.max(least, this.#widths[i] ?? 0, ...all.map((row) => displayWidth(row[i] ?? '') + gap)));
    return all.map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : pad(cell, this.#widths[i] ?? 0)))
        .join('')
        .trimEnd(),
    );
  }
}

const pad = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - displayWidth(cell)));

const MARK = /\p{Mark}|\u200b|\u200d|\ufe0f/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** Cells that the text takes on a terminal. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) if (!MARK.test(char)) width += WIDE.test(char) ? 2 : 1;
  return width;
}
