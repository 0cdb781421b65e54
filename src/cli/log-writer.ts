/** The lines of several logs on their way to a terminal or a file: few large writes instead of one for each line. */
import type { Terminal } from './terminal.ts';

const ENOUGH = 64 * 1024;
const NEWLINE = 0x0a;

export class LogWriter {
  readonly #out: Pick<Terminal, 'bytes'>;
  #parts: Uint8Array[] = [];
  #size = 0;
  #source: unknown;
  #lineIsOpen = false;
  #timer: NodeJS.Immediate | undefined;

  constructor(out: Pick<Terminal, 'bytes'>) {
    this.#out = out;
  }

  /** What comes in one go is written in one go, and waits for no more. Resolves when there is room for more. */
  async add(source: unknown, bytes: Uint8Array): Promise<void> {
    // an unfinished line of another source is not to be continued by this one
    if (this.#lineIsOpen && this.#source !== source) this.#push(Buffer.of(NEWLINE));
    this.#source = source;
    this.#push(bytes);
    if (this.#size >= ENOUGH) return this.flush();
    this.#timer ??= setImmediate(() => this.flush().catch(() => {}));
  }

  async flush(): Promise<void> {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    if (this.#parts.length === 0) return;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    await this.#out.bytes(bytes);
  }

  #push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#size += bytes.length;
    this.#lineIsOpen = bytes.at(-1) !== NEWLINE;
  }
}
