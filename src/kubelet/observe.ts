/** What is true of a container and a sandbox, from the row and what was seen of the machine. Pure. */
import type { ContainerRecord, SandboxRecord } from './record.ts';

export interface ContainerFacts {
  bootId: string;
  /** The container's own process: pid and start time match, and it is no zombie. */
  processAlive: boolean;
  conmonAlive: boolean;
  /** What conmon left behind. */
  exit?: { code: number; finishedAt: string; oomKilled?: boolean };
  /** When this was looked at, RFC 3339. */
  now: string;
}

export type ContainerFinding =
  | { found: 'same' }
  /** The row is to be replaced by this one. */
  | { found: 'changed'; record: ContainerRecord }
  /** conmon is gone: nobody reads the container's output or will tell its end, so it has to be ended. */
  | { found: 'unwatched' }
  /** The process is gone, conmon is about to write the exit file: look again soon. */
  | { found: 'ending' }
  /** Registered, perhaps half made by an engine that died. */
  | { found: 'half-made' };

/** The code that Kubernetes gives to an end that nobody saw. */
const UNKNOWN_EXIT = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when its pod was looked at',
};

export function observeContainer(record: ContainerRecord, facts: ContainerFacts): ContainerFinding {
  if (record.state === 'exited') return { found: 'same' };
  if (facts.exit) return { found: 'changed', record: exited(record, facts.exit) };
  if (record.bootId !== facts.bootId) return { found: 'changed', record: lost(record, facts.now) };
  if (record.state === 'creating' || record.state === 'created') return { found: 'half-made' };
  if (facts.processAlive) return facts.conmonAlive ? { found: 'same' } : { found: 'unwatched' };
  if (facts.conmonAlive) return { found: 'ending' };
  return { found: 'changed', record: lost(record, facts.now) };
}

export function exited(record: ContainerRecord, exit: { code: number; finishedAt: string; oomKilled?: boolean }): ContainerRecord {
  const reason = exit.oomKilled ? 'OOMKilled' : exit.code === 0 ? 'Completed' : 'Error';
  const startedAt = record.startedAt ?? exit.finishedAt;
  // a clock of coarse file times may put the end before the start
  const finishedAt = exit.finishedAt < startedAt ? startedAt : exit.finishedAt;
  return { ...record, state: 'exited', startedAt, finishedAt, exitCode: exit.code, reason };
}

export const lost = (record: ContainerRecord, now: string): ContainerRecord => ({
  ...record,
  ...UNKNOWN_EXIT,
  state: 'exited',
  finishedAt: now,
});

/** Does the sandbox stand: infra alive, made in this boot? */
export const sandboxStands = (record: SandboxRecord, bootId: string, infraAlive: boolean): boolean =>
  record.state === 'ready' && record.bootId === bootId && infraAlive;
