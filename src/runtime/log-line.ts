/**
 * One line of a container's log as conmon writes it (CRI): `TIME STREAM F|P TEXT`. P is a part: the line goes on in the next entry.
 * Bytes, not text: a part may end within a character. Pure.
 */
export interface LogEntry {
  /** RFC 3339 with nanoseconds. */
  time: string;
  stream: 'stdout' | 'stderr';
  partial: boolean;
  /** Without the newline. */
  content: Buffer;
}

const HEAD = /^(\S+) (stdout|stderr) ([FP])(?::\S*)?(?: |$)/;
/** A time, a stream and a tag are never longer. */
const HEAD_BYTES = 80;

/** `line` has no newline. undefined for what is no entry (a file cut off by a full disk). */
export function parseLogLine(line: Buffer): LogEntry | undefined {
  const [head, time, stream, tag] = HEAD.exec(line.toString('latin1', 0, HEAD_BYTES)) ?? [];
  if (head === undefined || time === undefined || (stream !== 'stdout' && stream !== 'stderr')) return undefined;
  return { time: time.replace(/[+-]00:00$/, 'Z'), stream, partial: tag === 'P', content: line.subarray(head.length) };
}

/** Whole seconds in ms, and the nanoseconds beyond. */
export interface Instant {
  ms: number;
  nano: number;
}

/** Of RFC 3339 with any number of digits of a second. */
export function instantOf(time: string): Instant | undefined {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  const ms = Date.parse(time.replace(/\.\d+/, ''));
  return Number.isNaN(ms) ? undefined : { ms, nano: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}

export const isBefore = (a: Instant, b: Instant): boolean => a.ms < b.ms || (a.ms === b.ms && a.nano < b.nano);
