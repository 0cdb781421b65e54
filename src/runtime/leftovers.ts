/**
 * Processes of a container that outlive its end. In a PID namespace of its own the kernel ends them with process 1; in a shared
 * one they are found by their mount namespace, which nobody else is in.
 */

import { PodsteadError } from '../api/errors.ts';
import { listPids, namespaceOf, type ProcessRef, processRef, sendSignal } from '../host/process.ts';

export interface LeftoverQuestion {
  /** Inode of the container's mount namespace, noted when it was made. */
  mounts: string;
  /** Inode of the pod's PID namespace; nobody outside it is touched. */
  pids: string;
  /** Mount namespaces of the pod's containers that live: the kernel gives a freed number to the next one. */
  inUse: readonly string[];
}

/** `mnt:[4026532254]` → `4026532254` */
export const parseNamespace = (text: string): string | undefined => /\[(\d+)\]/.exec(text)?.[1];

export const namespaceInode = (pid: number, kind: 'mnt' | 'pid'): string | undefined => namespaceOf(pid, kind);

export function findLeftovers({ mounts, pids, inUse }: LeftoverQuestion): ProcessRef[] {
  if (inUse.includes(mounts)) return [];
  return listPids().flatMap((pid) => {
    if (namespaceOf(pid, 'mnt') !== mounts || namespaceOf(pid, 'pid') !== pids) return [];
    const ref = processRef(pid);
    return ref ? [ref] : [];
  });
}

const ROUND_MS = 5;

/** Ends them, also those they start meanwhile. Resolves when none is left; TOOL_TIMEOUT when some do not end. */
export async function endLeftovers(question: LeftoverQuestion, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let left = findLeftovers(question); left.length > 0; left = findLeftovers(question)) {
    for (const ref of left) sendSignal(ref, 'SIGKILL');
    if (Date.now() > deadline) {
      throw new PodsteadError('TOOL_TIMEOUT', `processes ${left.map(({ pid }) => pid).join(', ')} of an ended container do not end`);
    }
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
}
