/**
 * A part of a volume as a mount of its own. What was found by walking safely (open-path.ts) is bind-mounted by its descriptor to a
 * place that only we can write to, and the runtime is told that place: between our look and the runtime's mount nobody can put
 * something else there. A path instead would be walked again by the runtime, following what a container has swapped meanwhile.
 */
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bindScript, MOUNT_TIMEOUT_MS, type MountShell, unmountScript } from './mount-commands.ts';
import { mountPoints, mountsBelow } from './mount-table.ts';
import { openBelow } from './open-path.ts';
import { podSubPaths, type VolumePaths } from './volume-plan.ts';

export interface SubPathMount {
  /** The volume's directory (or file, when `subPath` is empty). */
  root: string;
  subPath: string;
  /** Where the part is mounted: made by us, below podSubPaths. */
  target: string;
}

/** Throws PathEscape or what the system says. A mount of an earlier instance at the same place is replaced. */
export async function mountSubPath(mount: SubPathMount, shell: MountShell): Promise<void> {
  const opened = openBelow(mount.root, mount.subPath, statSync(mount.root).mode & 0o777);
  try {
    await clearTarget(mount.target, shell);
    await makeTarget(mount.target, opened.directory);
    const script = bindScript(`/proc/${process.pid}/fd/${opened.fd}`, mount.target);
    const status = await shell.job(script, { timeoutMs: MOUNT_TIMEOUT_MS });
    if (status !== 0) throw new Error(`mount of ${mount.subPath} ended with ${status}`);
  } finally {
    await opened.close();
  }
}

async function makeTarget(target: string, directory: boolean): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  if (directory) await mkdir(target, { mode: 0o700 });
  else closeSync(openSync(target, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
}

async function clearTarget(target: string, shell: MountShell): Promise<void> {
  await unmountBelow(target, shell);
  await removePlace(target);
}

async function unmountBelow(place: string, shell: MountShell): Promise<void> {
  const below = mountsBelow(mountPoints(await readFile('/proc/self/mountinfo', 'utf8')), place);
  if (below.length === 0) return;
  const status = await shell.job(unmountScript(below), { timeoutMs: MOUNT_TIMEOUT_MS });
  if (status !== 0) throw new Error(`can't unmount ${below.join(' ')}: umount ended with ${status}`);
}

/** Never recursively: if a mount were still there, it would be the user's data. */
async function removePlace(place: string): Promise<void> {
  await unlink(place).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return;
    if (error.code !== 'EISDIR' && error.code !== 'EPERM') throw error;
    await rmdir(place);
  });
}

/** All of a pod. Can be repeated. */
export async function removeSubPaths(paths: VolumePaths, podUid: string, shell: MountShell): Promise<void> {
  const root = podSubPaths(paths, podUid);
  const containers = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (containers === undefined) return;
  await unmountBelow(root, shell);
  for (const container of containers) {
    for (const name of await readdir(`${root}/${container}`)) await removePlace(`${root}/${container}/${name}`);
    await rmdir(`${root}/${container}`);
  }
  await rmdir(root);
}
