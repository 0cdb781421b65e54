/** What is still at work on a container that is to be given up: conmon, the runtime, what it has begun to turn into the container. */
import { PodsteadError } from '../api/errors.ts';
import { commandLine, listPids, processRef, sendSignal } from '../host/process.ts';

const ROUND_MS = 2;

/**
 * Ends them: whoever made the container may have been killed and has left a runtime behind that would finish it. Known by the id (32 hex
 * digits) in their arguments. Throws TOOL_TIMEOUT when one does not end.
 */
export async function endMakers(id: string, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const makers = listPids().flatMap((pid) => (commandLine(pid).some((arg) => arg.includes(id)) ? (processRef(pid) ?? []) : []));
    if (makers.length === 0) return;
    for (const maker of makers) sendSignal(maker, 'SIGKILL');
    if (Date.now() > deadline)
      throw new PodsteadError('TOOL_TIMEOUT', `processes ${makers.map(({ pid }) => pid).join(', ')} of ${id} do not end`);
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
}
