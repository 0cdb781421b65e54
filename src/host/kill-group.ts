/** Ends a child with all it started, as far as that stayed in its group. The child has to be a detached one, which leads its group. */
import type { ChildProcess } from 'node:child_process';
import { alive, type ProcessRef } from './process.ts';

export const killGroup = (child: ChildProcess): void => {
  // once it is reaped its number may belong to somebody else
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
};

/** The same for one that startDetached has started. */
export const killGroupOf = (leader: ProcessRef): void => {
  if (!alive(leader)) return;
  try {
    process.kill(-leader.pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
};
