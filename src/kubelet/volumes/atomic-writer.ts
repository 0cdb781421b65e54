/**
 * Files of a volume that change all together: they lie in a directory `..TIME`, `..data` is a link to it, and what is visible are
 * links through `..data`. A change is one rename of that link. The layout is Kubernetes's own: programs watch for it.
 */
import { chmod, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PayloadFile } from './payload.ts';

const DATA = '..data';
const NEXT = '..data_tmp';

/** `2026_01_31_12_00_00.1234567890`, as the kubelet names it. */
export const stampName = (now: Date, random: number): string =>
  `..${now.toISOString().slice(0, 19).replace(/[-T:]/g, '_')}.${String(Math.floor(random * 1e10)).padStart(10, '0')}`;

export interface AtomicWrite {
  /** Made if it is missing, 0777. */
  directory: string;
  files: readonly PayloadFile[];
  /** Owners and modes for the new directory, before anybody can see it. */
  prepare?: (directory: string) => Promise<void>;
  now: Date;
  random?: () => number;
}

/** True: something has changed. An interrupted write leaves nothing that is seen; the next one clears it away. */
export async function writeAtomicVolume({ directory, files, prepare, now, random = Math.random }: AtomicWrite): Promise<boolean> {
  await mkdir(directory, { recursive: true });
  const current = await readlink(join(directory, DATA)).catch(() => undefined);
  if (current !== undefined && (await sameContent(join(directory, current), files))) {
    await arrange(directory, files, current);
    return false;
  }
  await chmod(directory, 0o777);
  const fresh = stampName(now, random());
  await writeFiles(join(directory, fresh), files);
  await prepare?.(join(directory, fresh));
  await rm(join(directory, NEXT), { force: true });
  await symlink(fresh, join(directory, NEXT));
  await rename(join(directory, NEXT), join(directory, DATA));
  await arrange(directory, files, fresh);
  return true;
}

async function writeFiles(root: string, files: readonly PayloadFile[]): Promise<void> {
  await mkdir(root);
  // beyond the umask
  await chmod(root, 0o755);
  for (const file of files) {
    const path = join(root, file.path);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, file.data, { flag: 'wx' });
    await chmod(path, file.mode);
  }
}

/** The visible links, and nothing that is left of earlier content. */
async function arrange(directory: string, files: readonly PayloadFile[], current: string): Promise<void> {
  const wanted = new Set(files.map((file) => file.path.split('/')[0] ?? file.path));
  const present = new Set(await readdir(directory));
  for (const name of wanted) if (!present.has(name)) await symlink(join(DATA, name), join(directory, name));
  for (const name of present) {
    if (name === DATA || name === current || wanted.has(name)) continue;
    if (name.startsWith('..')) await rm(join(directory, name), { recursive: true, force: true });
    else await unlink(join(directory, name));
  }
}

async function sameContent(root: string, files: readonly PayloadFile[]): Promise<boolean> {
  const present = await filesBelow(root);
  if (present === undefined || present.length !== files.length) return false;
  for (const file of files) {
    const path = join(root, file.path);
    const data = await readFile(path).catch(() => undefined);
    if (data === undefined || !data.equals(file.data)) return false;
    // a group gets read permission of its own by fsGroup: only what was asked for counts
    const { mode } = await lstat(path);
    if ((mode & file.mode) !== file.mode) return false;
  }
  return true;
}

async function filesBelow(root: string): Promise<string[] | undefined> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => undefined);
  return entries?.filter((e) => !e.isDirectory()).map((e) => e.name);
}
