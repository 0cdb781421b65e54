/** Processes that cannot be mistaken for later ones of the same number: pid and start time. About 20 µs each, no process is started. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

export interface ProcessRef {
  pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  start: string;
}

/** Of the text of /proc/PID/stat; the name in parentheses may hold spaces and parentheses. */
export const parseStat = (text: string): { state: string; parent: number; start: string } | undefined => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', 20);
  const [state, parent] = fields;
  const start = fields[19];
  return state && parent && start ? { state, parent: Number(parent), start } : undefined;
};

const readProc = (pid: number | 'self', file: string): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
};

/** Longer than any line of stat: asked for often, so it is read in three calls and with no buffer of its own. */
const room = Buffer.allocUnsafe(1_024);

const readStat = (pid: number): string => {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return '';
  }
  try {
    return room.toString('latin1', 0, readSync(file, room, 0, room.length, 0));
  } catch {
    return '';
  } finally {
    closeSync(file);
  }
};

const DEAD = new Set(['Z', 'X', 'x']);

/** undefined when there is no such process, or it is dead and merely not reaped. */
export const startTime = (pid: number): string | undefined => {
  const stat = parseStat(readStat(pid));
  return stat === undefined || DEAD.has(stat.state) ? undefined : stat.start;
};

export const alive = (ref: ProcessRef): boolean => startTime(ref.pid) === ref.start;

/** What `pid` is now; undefined when it is dead. */
export const processRef = (pid: number): ProcessRef | undefined => {
  const start = startTime(pid);
  return start === undefined ? undefined : { pid, start };
};

/** `PID START…`, as pid files have it; whatever follows is left alone. */
export const parseRef = (text: string): ProcessRef | undefined => {
  const [, pid, start] = /^(\d+) (\d+)(?:\s|$)/.exec(text) ?? [];
  return pid !== undefined && start !== undefined && Number(pid) > 0 ? { pid: Number(pid), start } : undefined;
};

export const formatRef = (ref: ProcessRef): string => `${ref.pid} ${ref.start}\n`;

/** The living process that a pid file names. */
export const readRef = (file: string): ProcessRef | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
  const ref = parseRef(text);
  return ref && alive(ref) ? ref : undefined;
};

export const listPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Inode of one of a process's namespaces; undefined when it is dead or not ours to see. */
export const namespaceOf = (pid: number | 'self', kind: 'user' | 'mnt' | 'net' | 'pid'): string | undefined => {
  try {
    return /\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/${kind}`))?.[1];
  } catch {
    return undefined;
  }
};

export const commandLine = (pid: number): string[] => {
  const text = readProc(pid, 'cmdline') ?? '';
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
};

/** Sends a signal; false when the process is gone (also when its number belongs to another one by now). */
export const sendSignal = (ref: ProcessRef, signal: NodeJS.Signals): boolean => signalTo(ref, ref.pid, signal);

/** To a group leader and all of its group; false when the leader is gone. */
export const signalGroup = (ref: ProcessRef, signal: NodeJS.Signals): boolean => signalTo(ref, -ref.pid, signal);

const signalTo = (ref: ProcessRef, target: number, signal: NodeJS.Signals): boolean => {
  if (!alive(ref)) return false;
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};
