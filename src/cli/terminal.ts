/** Where output goes: standard output or standard error, and whether a person reads it. */
import { manyLines } from './escape.ts';

export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(data: string | Uint8Array): unknown;
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
    return this.#sink.columns ?? 80;
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
}
