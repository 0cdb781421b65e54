/** The FIFO between whoever has news and the engine: a line is a wake-up call, its text says from whom. */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { LineCutter } from './lines.ts';
import type { Paths } from './paths.ts';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** Read-write and non-blocking: it blocks neither without a reader nor when the FIFO is full. undefined when there is no FIFO. */
const openFifo = (path: string): number | undefined => {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  return undefined;
};

/** false when nobody will read it: no FIFO, or its holder has just begun to end and unlinked it. */
export const wake = (paths: Pick<Paths, 'wake'>, text = 'wake'): boolean => {
  const fd = openFifo(paths.wake);
  if (fd === undefined) return false;
  try {
    writeSync(fd, `${text}\n`);
    return fstatSync(fd).nlink > 0;
  } catch (error) {
    // full: whoever reads it has more than enough to wake up for
    if (codeOf(error) === 'EAGAIN') return true;
    throw error;
  } finally {
    closeSync(fd);
  }
};

export interface WakeReader {
  /** What is there now and was not yet given out, in order. */
  drain(): string[];
  close(): void;
}

/**
 * The engine's end. Opened by path: a descriptor shared with the holder would become non-blocking for both. Lines that come between
 * the last drain and the engine's exit stay in the FIFO, and the holder starts the engine again. Throws ENOENT.
 */
export const readWakes = (paths: Pick<Paths, 'wake'>, onLine: (line: string) => void): WakeReader => {
  const fd = openFifo(paths.wake);
  if (fd === undefined) throw Object.assign(new Error(`ENOENT: no FIFO ${paths.wake}`), { code: 'ENOENT' });
  const cutter = new LineCutter((line) => deliver(line));
  let deliver = onLine;
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on('data', (chunk) => cutter.feed(chunk as Buffer));
  // the holder has it open for writing as long as we live: an end or error means that we are about to be ended ourselves
  socket.on('error', () => undefined);
  return {
    drain: () => {
      const lines: string[] = [];
      deliver = (line) => lines.push(line);
      readAll(paths, cutter);
      deliver = onLine;
      return lines;
    },
    close: () => socket.destroy(),
  };
};

const readAll = (paths: Pick<Paths, 'wake'>, cutter: LineCutter): void => {
  const fd = openFifo(paths.wake);
  if (fd === undefined) return;
  const chunk = Buffer.alloc(65_536);
  try {
    for (;;) {
      const size = readSync(fd, chunk);
      if (size === 0) return;
      cutter.feed(chunk.subarray(0, size));
    }
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error;
  } finally {
    closeSync(fd);
  }
};
