/** A log as it is shown: each entry as bytes to be written. */
import type { LogEntry } from './log-line.ts';

export interface OutputOptions {
  timestamps?: boolean;
  /** Before each line, with its blank: `[pod/web/app] `. */
  prefix?: string;
  /** Ends the output after that many bytes. */
  limitBytes?: number;
}

const NEWLINE = Buffer.from('\n');

/** One buffer per entry. A line that was never finished gets no newline. */
export async function* logOutput(entries: AsyncIterable<LogEntry>, options: OutputOptions = {}): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let atStart = true;
  for await (const entry of entries) {
    const head = atStart ? `${options.prefix ?? ''}${options.timestamps ? `${entry.time} ` : ''}` : '';
    const bytes = Buffer.concat([Buffer.from(head), entry.content, ...(entry.partial ? [] : [NEWLINE])]);
    atStart = !entry.partial;
    if (bytes.length >= left) {
      yield bytes.subarray(0, left);
      return;
    }
    left -= bytes.length;
    yield bytes;
  }
}
