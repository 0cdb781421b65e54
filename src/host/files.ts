/** The only place that writes files. A reader never sees half of one. */
import { lstatSync } from 'node:fs';
import { chmod, lstat, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { faultPoint } from './fault-point.ts';

let counter = 0;
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** Begins with a dot: watchers of a directory (dnsmasq, ourselves) skip it. */
const temporaryName = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.${++counter}`);

export interface WriteOptions {
  /** Also on disk when the machine loses power: for what cannot be made again. Costs milliseconds. */
  durable?: boolean;
}

/** Replaces a file in one step. Throws what the system said (ENOSPC, EACCES …) and leaves no temporary behind. */
export async function writeAtomic(path: string, data: string | Uint8Array, mode = 0o600, options: WriteOptions = {}): Promise<void> {
  const temporary = temporaryName(path);
  try {
    faultPoint('write');
    await writeFile(temporary, data, { mode, flag: 'wx', flush: options.durable === true });
    // the umask had a say in it
    if ((mode & 0o077) !== 0) await chmod(temporary, mode);
    faultPoint('rename');
    await rename(temporary, path);
    if (options.durable) await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A file that nobody reads before we say so: no temporary, no rename. */
export async function writePlain(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  faultPoint('write');
  await writeFile(path, data, { mode });
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Parents too; one that is there already keeps its mode. */
export async function makeDirectory(path: string, mode = 0o700): Promise<void> {
  faultPoint('mkdir');
  const made = await mkdir(path, { recursive: true, mode });
  // the umask, which the holder makes 077, had a say in it
  if (made !== undefined && (mode & 0o077) !== 0) await chmod(path, mode);
}

const notOurs = (path: string, uid: number, owner: number): PodsteadError =>
  new PodsteadError('HOST_UNSUPPORTED', `${path} is not a directory of user ${uid}: its owner is ${owner}`, {
    remedy: `remove ${path}, or set XDG_RUNTIME_DIR to a directory of your own`,
  });

/** A directory that nobody else can read or could have put there. Throws HOST_UNSUPPORTED. */
export async function makePrivateDirectory(path: string, uid: number): Promise<void> {
  await makeDirectory(path);
  const stat = await lstat(path);
  if (!stat.isDirectory() || stat.uid !== uid) throw notOurs(path, uid, stat.uid);
  if ((stat.mode & 0o777) !== 0o700) await chmod(path, 0o700);
}

/** One that is there and could be somebody else's, or is open to others, is not used. Nothing there is no error. Throws HOST_UNSUPPORTED. */
export function checkPrivateDirectory(path: string, uid: number): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory() || stat.uid !== uid) throw notOurs(path, uid, stat.uid);
  if ((stat.mode & 0o777) !== 0o700)
    throw new PodsteadError('HOST_UNSUPPORTED', `${path} is open to others: its mode is ${(stat.mode & 0o777).toString(8)}`, {
      remedy: `chmod 700 ${path}, if nobody else had a hand in it`,
    });
}

/** Nothing there is no error. */
export async function removeTree(path: string): Promise<void> {
  faultPoint('remove');
  await rm(path, { recursive: true, force: true });
}

export async function readIfExists(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
