/**
 * What an engine left on the machine that was killed in the middle of a step, and of which no row tells. Only below our own directories,
 * and never through a link: names are read, and what is removed is removed by its name. Pods that come meanwhile are left alone.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../host/files.ts';
import type { Environment } from '../kubelet/environment.ts';
import { podDirectory } from '../kubelet/pod-files.ts';
import { dropContainer } from '../kubelet/sandbox.ts';
import { mountPoints, mountsBelow } from '../kubelet/volumes/mount-table.ts';
import { podSecrets, podSubPaths } from '../kubelet/volumes/volume-plan.ts';

export type SweepEnvironment = Pick<Environment, 'paths' | 'store' | 'memory' | 'volumes'> & {
  /** Ends whoever makes the container, and deletes it; `dropContainer`. */
  drop(id: string): Promise<void>;
};

const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** PID is the engine's that made it: see seccomp-cache.ts and files.ts. */
const COMPILED = /^seccomp-[0-9a-f]+-(\d+)$/;
const TEMPORARY = /^\..+\.(\d+)\.\d+$/;

const entries = (directory: string): Promise<Dirent[]> => readdir(directory, { withFileTypes: true }).catch(() => []);
const directories = async (directory: string): Promise<string[]> =>
  (await entries(directory)).filter((entry) => entry.isDirectory()).map(({ name }) => name);

const madeBy = (name: string, pattern: RegExp): number | undefined => {
  const pid = pattern.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
};
const isForeign = (name: string, pattern: RegExp): boolean => ![undefined, process.pid].includes(madeBy(name, pattern));

export const sweepEnvironment = (env: Environment): SweepEnvironment => ({
  paths: env.paths,
  store: env.store,
  memory: env.memory,
  volumes: env.volumes,
  drop: (id) => dropContainer(env, id),
});

/** Once, at an engine's start (`startedAt`, ms since the epoch). Can be repeated. What cannot be removed does not keep the rest from it: the faults come in the end. */
export async function sweepHost(env: SweepEnvironment, startedAt = performance.timeOrigin): Promise<void> {
  const results = await Promise.allSettled([sweepCompiled(env), sweepNew(env, startedAt), sweepPods(env), sweepTemporaries(env)]);
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('; '));
}

/** Containers that were made to compile a profile, and never started. */
async function sweepCompiled({ paths, drop }: SweepEnvironment): Promise<void> {
  const [known, bundles] = await Promise.all([directories(paths.crunRoot), directories(paths.bundles)]);
  for (const id of new Set([...known, ...bundles])) {
    if (!isForeign(id, COMPILED)) continue;
    await drop(id);
    await removeTree(join(paths.bundles, id));
  }
}

/** Claims that did not get their name; nobody has written to them. One that is younger than we are is being made. */
async function sweepNew({ paths }: SweepEnvironment, startedAt: number): Promise<void> {
  for (const name of await directories(paths.volumes)) {
    if (!name.endsWith('.new') || !UID.test(name.slice(0, -'.new'.length))) continue;
    const path = join(paths.volumes, name);
    const stat = await lstat(path).catch(() => undefined);
    if (stat && stat.ctimeMs < startedAt) await removeTree(path);
  }
}

/** We make none in these places. */
async function anyLink(places: readonly string[]): Promise<boolean> {
  const stats = await Promise.all(places.map((place) => lstat(place).catch(() => undefined)));
  return stats.some((stat) => stat?.isSymbolicLink());
}

/** Directories and secrets of pods of which nothing is known. */
async function sweepPods({ paths, store, memory, volumes }: SweepEnvironment): Promise<void> {
  const [pods, secrets] = await Promise.all([directories(paths.pods), directories(paths.secrets)]);
  for (const uid of new Set([...pods, ...secrets])) {
    if (!UID.test(uid) || store.byUid(uid) || memory.holds(uid)) continue;
    const place = podDirectory(paths, uid);
    if (await anyLink([place, podSubPaths(paths, uid), podSecrets(paths, uid)])) continue;
    await volumes.remove(uid);
    const mounts = mountsBelow(mountPoints(await readFile('/proc/self/mountinfo', 'utf8')), place);
    // below a mount there could be a user's files
    if (mounts.length > 0) throw new Error(`${place} belongs to no pod, but there are mounts in it: ${mounts.join(' ')}`);
    await removeTree(place);
  }
}

/** Of files that were being replaced. */
async function sweepTemporaries({ paths }: SweepEnvironment): Promise<void> {
  for (const directory of [join(paths.net, 'hosts'), join(paths.net, 'ports')])
    for (const entry of await entries(directory))
      if (entry.isFile() && isForeign(entry.name, TEMPORARY)) await removeTree(join(directory, entry.name));
}
