/** Where output goes: standard output or standard error, and whether a person reads it. */
import { manyLines } from './escape.ts';

export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** false: wait for `drain` before the next one, or memory fills up. */
  write(data: string | Uint8Array): unknown;
  once?(event: 'drain', listener: () => void): unknown;
}

export class Terminal {
  readonly isTTY: boolean;
  readonly colour: boolean;
  readonly #sink: Sink;

  constructor(sink: Sink, env: NodeJS.ProcessEnv) {
    this.#sink = sink;
    this.isTTY = sink.isTTY === true;
    this.colour = this.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  }

  get columns(): number {
    // a terminal that does not know its size says 0
    return this.#sink.columns || 80;
  }

  /** Our own text, a line of it. What came from outside has gone through oneLine. */
  line(text: string): void {
    this.#sink.write(`${text}\n`);
  }

  /** As it is: cursor movements of ours, bytes for a file. */
  raw(data: string | Uint8Array): void {
    this.#sink.write(data);
  }

  /** Text from outside: unchanged into files and pipes, made harmless for a terminal. */
  data(text: string): void {
    this.#sink.write(this.isTTY ? manyLines(text, this.colour) : text);
  }

  /** The same for a long stream of bytes: waits when the reader is slow. */
  async bytes(bytes: Uint8Array): Promise<void> {
    const written = this.#sink.write(this.isTTY ? manyLines(Buffer.from(bytes).toString(), this.colour) : bytes);
    if (written === false) await new Promise<void>((resolve) => this.#sink.once?.('drain', resolve) ?? resolve());
  }
}
