/**
 * VOLUMEs of an image stay writable under a read-only root: a bind of the container's own tree, which only the view of the root is
 * made read-only of. With a writable root there is nothing to do.
 */
import { lstatSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Bind } from './mounts.ts';

/**
 * `rootfs` is mounted. What is not a directory of the tree itself is left alone: a link would lead to somewhere on the host. A place
 * that the manifest mounts something on (`taken`) is the manifest's.
 */
export function imageVolumeBinds(rootfs: string, volumes: readonly string[], taken: readonly string[]): Bind[] {
  const used = new Set(taken.map((path) => posix.resolve('/', path)));
  const places = [...new Set(volumes.map((path) => posix.resolve('/', path)))].filter((path) => path !== '/' && !used.has(path));
  return places.filter((path) => isPlainDirectory(rootfs, path)).map((destination) => ({ source: join(rootfs, destination), destination }));
}

function isPlainDirectory(rootfs: string, path: string): boolean {
  let at = rootfs;
  for (const part of path.split('/').filter((name) => name !== '')) {
    at = join(at, part);
    if (!lstatSync(at, { throwIfNoEntry: false })?.isDirectory()) return false;
  }
  return true;
}
