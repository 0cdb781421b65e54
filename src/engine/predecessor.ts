/** The worker shells of an engine that was killed do their last jobs to the end: the next engine waits for that before it looks around. */
import { setTimeout as pause } from 'node:timers/promises';
import { readIfExists, writeAtomic } from '../host/files.ts';
import { alive, formatRef, parseRef, processRef, sendSignal } from '../host/process.ts';

/** Longer than any job that is not hanging takes. */
const WAIT_MS = 10_000;
const LOOK_MS = 2;

export async function awaitPredecessor(file: string): Promise<void> {
  const text = (await readIfExists(file))?.toString() ?? '';
  const refs = text.split('\n').flatMap((line) => parseRef(line) ?? []);
  const deadline = Date.now() + WAIT_MS;
  while (refs.some(alive)) {
    if (Date.now() > deadline) for (const ref of refs) sendSignal(ref, 'SIGKILL');
    await pause(LOOK_MS);
  }
}

export async function recordWorkers(file: string, pids: readonly number[]): Promise<void> {
  const refs = pids.flatMap((pid) => processRef(pid) ?? []);
  await writeAtomic(file, refs.map(formatRef).join(''));
}
