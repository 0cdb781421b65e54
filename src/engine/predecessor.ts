/** The worker shells of an engine that was killed do their last jobs to the end: the next engine waits for that before it looks around. */
import { setTimeout as pause } from 'node:timers/promises';
import { PodsteadError } from '../api/errors.ts';
import { readIfExists, writeAtomic } from '../host/files.ts';
import { alive, formatRef, parseRef, processRef, signalGroup } from '../host/process.ts';

const LOOK_MS = 2;

export interface Patience {
  /** Longer than any job that is not hanging takes; then they are killed. */
  waitMs: number;
  /** From then on until it is given up. */
  endMs: number;
}

/** Throws TOOL_TIMEOUT when one of them cannot be ended. */
export async function awaitPredecessor(file: string, { waitMs, endMs }: Patience = { waitMs: 10_000, endMs: 10_000 }): Promise<void> {
  const text = (await readIfExists(file))?.toString() ?? '';
  const refs = text.split('\n').flatMap((line) => parseRef(line) ?? []);
  const patience = Date.now() + waitMs;
  for (let left = refs.filter(alive); left.length > 0; left = left.filter(alive)) {
    // each leads a group: the children of its job end with it
    if (Date.now() > patience) for (const ref of left) signalGroup(ref, 'SIGKILL');
    if (Date.now() > patience + endMs)
      throw new PodsteadError('TOOL_TIMEOUT', `processes ${left.map(({ pid }) => pid).join(', ')} of an earlier engine do not end`, {
        remedy: 'see what they wait for (ps -o pid,stat,wchan,args); a file system that does not answer needs a reboot',
      });
    await pause(LOOK_MS);
  }
}

/** Those that live now, instead of whoever was there. */
export async function recordWorkers(file: string, pids: readonly number[]): Promise<void> {
  const refs = pids.flatMap((pid) => processRef(pid) ?? []);
  await writeAtomic(file, refs.map(formatRef).join(''));
}

/** recordWorkers, to be called whenever a shell starts: the last call is what stays, however fast they follow each other. */
export function workersRecorder(file: string): (pids: readonly number[]) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (pids) => {
    const record = () => recordWorkers(file, pids);
    last = last.then(record, record);
    return last;
  };
}
