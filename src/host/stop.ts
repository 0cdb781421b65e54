/** The end of everything that runs: waited for, or by force. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PodsteadError } from '../api/errors.ts';
import { type HostRecord, markStopped, readHolder, readHost } from './boot.ts';
import { removeTree, writeAtomic } from './files.ts';
import { listMembers } from './namespace.ts';
import { cacheDirectory, type Paths, withRun } from './paths.ts';
import { alive, namespaceOf, type ProcessRef, readRef, sendSignal } from './process.ts';
import { runTool } from './spawn.ts';
import { requireTool, type Tools } from './tools.ts';

const LOOK_AGAIN_MS = 5;

/** false when the time was over before. */
async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await pause(LOOK_AGAIN_MS);
  }
  return true;
}

/**
 * For `system down`, after the engine has ended all pods and said `exit`: waits for the holder to clear up and go, ends by force what is
 * left after `timeoutMs`, and marks all as stopped. Nothing running is no error.
 */
export async function stopHolder(paths: Paths, timeoutMs = 5_000): Promise<void> {
  await until(() => readHolder(paths) === undefined, timeoutMs);
  // Only the engine writes the store, and one that is killed has not noted there that pods are stopped; host.json is written anew by the next
  // holder. So a mark is left for the next engine. Before the killing: an engine that somebody starts right after it may bring up pods again.
  if (existsSync(paths.data)) await writeAtomic(paths.stopMark, '');
  await killAll(paths);
  if (existsSync(paths.data)) await markStopped(paths);
}

/** For the engine before it does anything: was everything stopped since the last one? `note` is called before the mark goes. */
export function takeStopMark(paths: Pick<Paths, 'stopMark'>, note: () => void): void {
  if (!existsSync(paths.stopMark)) return;
  note();
  rmSync(paths.stopMark, { force: true });
}

/** Ends every process of ours with SIGKILL, and removes the runtime directory. Throws TOOL_TIMEOUT when one does not die. */
export async function killAll(paths: Paths): Promise<void> {
  const run = readHolder(paths)?.run ?? readHost(paths)?.run;
  const used = run === undefined ? paths : withRun(paths, run);
  await killMembers(used);
  await removeTree(used.run);
}

/** A holder that has just begun has not recorded its namespaces yet. */
const recordOf = (paths: Paths): HostRecord | undefined => {
  const holder = readHolder(paths);
  const userNs = holder && namespaceOf(holder.pid, 'user');
  const mntNs = holder && namespaceOf(holder.pid, 'mnt');
  if (!holder || !userNs || !mntNs || userNs === namespaceOf('self', 'user')) return readHost(paths);
  return { bootId: '', run: paths.run, userNs, mntNs };
};

/** Services are in namespaces of their own making: known by their pid files. */
const listServices = (paths: Paths): ProcessRef[] =>
  [paths.net, join(paths.net, 'ports')].flatMap((directory) =>
    existsSync(directory)
      ? readdirSync(directory)
          .filter((name) => /\.(pid|up|new|old)$/.test(name))
          .flatMap((name) => readRef(join(directory, name)) ?? [])
      : [],
  );

/** The holder first, which would start the others again; then what is in the namespaces, until nothing is. */
export async function killMembers(paths: Paths, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const record = recordOf(paths);
  // a container's end must not start a new holder
  await removeTree(paths.holderEnv);
  for (;;) {
    const holder = readHolder(paths);
    // asked before the holder dies: all that inherited its environment may be in a sandbox of its own
    const targets = [...(record ? listMembers(record, paths) : []), ...listServices(paths)];
    if (holder) sendSignal(holder, 'SIGKILL');
    if (targets.length === 0 && !holder) return;
    for (const target of targets) sendSignal(target, 'SIGKILL');
    if (holder) targets.push(holder);
    if (!(await until(() => !targets.some(alive), Math.max(0, deadline - Date.now()))))
      throw new PodsteadError('TOOL_TIMEOUT', `processes do not die: ${targets.filter(alive).map((target) => target.pid)}`);
  }
}

/** `system reset`: no process, mount or file of ours is left, but for what the user wrote in `config`. `env`: of the caller. */
export async function resetAll(paths: Paths, tools: Tools, env: NodeJS.ProcessEnv): Promise<void> {
  await killAll(paths);
  const cache = cacheDirectory(env);
  if (cache !== undefined) await removeTree(cache);
  const command = ['rm', '-rf', '--one-file-system', paths.data, paths.state] as const;
  // files of containers belong to subordinate ids
  const asRootOfOurIds = [requireTool(tools, 'unshare'), '--user', '--map-root-user', '--map-auto'];
  await runTool(paths.uid === 0 ? command : [asRootOfOurIds[0] ?? '', ...asRootOfOurIds.slice(1), ...command], { timeoutMs: 120_000 });
}
