/** Lines on a terminal that are written over as things go on. Elsewhere they are not shown. */
import type { Terminal } from './terminal.ts';

export class LiveLines {
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(lines: readonly string[]): void {
    if (!this.#terminal.isTTY || sameLines(lines, this.#shown)) return;
    this.#terminal.raw(`${this.#upAndErase()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#shown = lines;
  }

  /** Takes the lines away, so that the final words stand alone. */
  clear(): void {
    if (this.#shown.length > 0) this.#terminal.raw(this.#upAndErase());
    this.#shown = [];
  }

  /** Moves to where the lines began, and erases to the end of the screen. */
  #upAndErase(): string {
    return this.#shown.length === 0 ? '' : `\u001b[${this.#shown.length}A\r\u001b[J`;
  }
}

const sameLines = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((line, i) => line === b[i]);
