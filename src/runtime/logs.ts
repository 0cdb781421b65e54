/** Reading the log of one instance of a container, once or for as long as it grows. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { LogFile } from './log-file.ts';
import { type Instant, instantOf, isBefore, type LogEntry, parseLogLine } from './log-line.ts';

export interface LogOptions {
  /** Only the last lines. */
  tail?: number;
  /** Only from then on: RFC 3339. */
  sinceTime?: string;
  /** Only one of the two. */
  stream?: 'stdout' | 'stderr';
}

export interface FollowOptions extends LogOptions {
  /** Asked when there is nothing more to read: is the container's end known? Then what is left is read, and following ends. */
  over: () => boolean;
  signal?: AbortSignal;
}

const isPartial = (line: Buffer): boolean => parseLogLine(line)?.partial ?? false;

function wanted(options: LogOptions): (entry: LogEntry) => boolean {
  const since: Instant | undefined = options.sinceTime === undefined ? undefined : instantOf(options.sinceTime);
  return ({ time, stream }) => {
    if (options.stream !== undefined && stream !== options.stream) return false;
    const at = since && instantOf(time);
    return !since || !at || !isBefore(at, since);
  };
}

async function* entriesOf(file: LogFile, filter: (entry: LogEntry) => boolean): AsyncGenerator<LogEntry> {
  for await (const line of file.lines()) {
    const entry = parseLogLine(line);
    if (entry && filter(entry)) yield entry;
  }
}

/** What is there now. A log that is not there is empty. */
export async function* readLog(path: string, options: LogOptions = {}): AsyncGenerator<LogEntry> {
  const file = await LogFile.open(path);
  if (!file) return;
  try {
    if (options.tail !== undefined) await file.seekTail(options.tail, isPartial);
    yield* entriesOf(file, wanted(options));
  } finally {
    await file.close();
  }
}

/** What is there and what comes, also across rotation. Ends by `over` or `signal`. */
export async function* followLog(path: string, options: FollowOptions): AsyncGenerator<LogEntry> {
  const filter = wanted(options);
  const news = new News(path, options.signal);
  let file: LogFile | undefined;
  try {
    let tail = options.tail;
    while (!options.signal?.aborted) {
      // asked before reading: what was written until then is read below
      const over = options.over();
      file ??= await LogFile.open(path);
      if (file) {
        if (tail !== undefined) await file.seekTail(tail, isPartial);
        tail = undefined;
        for await (const entry of entriesOf(file, filter)) {
          yield entry;
          if (options.signal?.aborted) return;
        }
        if (await file.replaced(path)) {
          // conmon has changed over: what it wrote into the old one in between comes first
          yield* entriesOf(file, filter);
          await file.close();
          file = undefined;
          continue;
        }
      }
      if (over) return;
      await news.next();
    }
  } finally {
    news.close();
    await file?.close();
  }
}

/** Wakes when the log's directory changes; now and then anyway, for file systems that do not tell and for the container's end. */
class News {
  static readonly #FALLBACK_MS = 250;
  readonly #signal: AbortSignal | undefined;
  #watcher: FSWatcher | undefined;
  #fresh = false;
  #wake: (() => void) | undefined;
  readonly #onAbort = () => this.#tell();

  constructor(path: string, signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
    try {
      this.#watcher = watch(dirname(path), (_, name) => (name === null || name === basename(path) ? this.#tell() : undefined));
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // no inotify watch left, or no such directory yet: the timer does it
    }
  }

  async next(): Promise<void> {
    if (!this.#fresh && !this.#signal?.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, News.#FALLBACK_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#fresh = false;
    this.#wake = undefined;
  }

  close(): void {
    this.#watcher?.close();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #tell(): void {
    this.#fresh = true;
    this.#wake?.();
  }
}
