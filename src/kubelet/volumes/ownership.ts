/** fsGroup: a group for everything in a volume. Never follows a link: containers may be writing in it meanwhile. */
import { closeSync, constants, openSync } from 'node:fs';
import { chmod, chown, lstat, readdir, stat } from 'node:fs/promises';
import { descriptorPath } from './open-path.ts';

const PLACE = 0o10000000 | constants.O_NOFOLLOW;
const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const DIRECTORY = 0o2110;

export interface GroupOwnership {
  gid: number;
  /** Of API objects: the group may only read. */
  readOnly: boolean;
  /** OnRootMismatch: leave all as it is when the root directory is right. */
  onlyIfRootDiffers: boolean;
}

const modeFor = (mode: number, directory: boolean, readOnly: boolean): number =>
  (mode & 0o7777) | (readOnly ? READ_ONLY : READ_WRITE) | (directory ? DIRECTORY : 0);

export async function applyGroup(root: string, wish: GroupOwnership): Promise<void> {
  if (wish.onlyIfRootDiffers && (await rootMatches(root, wish))) return;
  await applyBelow(root, wish);
}

async function rootMatches(root: string, { gid, readOnly }: GroupOwnership): Promise<boolean> {
  const info = await stat(root);
  return info.gid === gid && (info.mode & 0o7777) === modeFor(info.mode, true, readOnly);
}

/** Depth first, the root of it last: with OnRootMismatch it is the mark that all below is done. */
async function applyBelow(path: string, wish: GroupOwnership): Promise<void> {
  const fd = openSync(path, PLACE);
  try {
    const place = descriptorPath(fd);
    // a descriptor of a link leads to the link itself
    const info = await lstat(`${place}/.`).catch(() => undefined);
    if (info?.isDirectory()) for (const name of await readdir(place)) await below(`${place}/${name}`, wish);
    await change(place, wish);
  } finally {
    closeSync(fd);
  }
}

async function below(path: string, wish: GroupOwnership): Promise<void> {
  await applyBelow(path, wish).catch((error: NodeJS.ErrnoException) => {
    // removed meanwhile
    if (error.code !== 'ENOENT') throw error;
  });
}

async function change(place: string, { gid, readOnly }: GroupOwnership): Promise<void> {
  const info = await stat(place);
  if (info.gid !== gid) await chown(place, info.uid, gid);
  if (info.isSymbolicLink()) return;
  // after the change of owner, which clears set-id bits
  const mode = modeFor(info.mode, info.isDirectory(), readOnly);
  if ((info.mode & 0o7777) !== mode) await chmod(place, mode);
}
