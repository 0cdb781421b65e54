/** The message that a container leaves behind: its termination log, or the end of its output. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { logOutput } from './log-output.ts';
import { readLog } from './logs.ts';

const FILE_BYTES = 4096;
const LOG_LINES = 80;
const LOG_BYTES = 2048;
/** For all containers of a pod together. */
const POD_BYTES = 12 * 1024;

export interface TerminationSource {
  policy: 'File' | 'FallbackToLogsOnError';
  /** The file that was mounted at terminationMessagePath. */
  file: string;
  log: string;
  exitCode: number;
}

/** Empty when there is none. The file belongs to the container: it may be anything, also a FIFO. */
export async function readTerminationMessage(source: TerminationSource): Promise<string> {
  const written = lastBytes(source.file, FILE_BYTES);
  if (written !== '' || source.policy === 'File' || source.exitCode === 0) return written;
  const output: Buffer[] = [];
  for await (const bytes of logOutput(readLog(source.log, { tail: LOG_LINES }))) output.push(bytes);
  return lastOf(Buffer.concat(output), LOG_BYTES);
}

/** The share of one container when `count` containers of a pod have messages. */
export const shareOfPod = (message: string, count: number): string => cutEnd(message, Math.floor(POD_BYTES / Math.max(1, count)));

function lastBytes(file: string, limit: number): string {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return '';
    const length = Math.min(stat.size, limit);
    const buffer = Buffer.alloc(length);
    return wellFormed(buffer.subarray(0, readSync(fd, buffer, 0, length, stat.size - length)));
  } finally {
    closeSync(fd);
  }
}

/** A character that was cut in two at the start is dropped. */
function wellFormed(bytes: Buffer): string {
  let start = 0;
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString('utf8', start);
}

const lastOf = (bytes: Buffer, limit: number): string => wellFormed(bytes.subarray(Math.max(0, bytes.length - limit)));

const cutEnd = (text: string, limit: number): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
};
