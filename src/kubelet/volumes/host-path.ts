/** A path of the machine as a volume: is it what its type says, and is it to be made? */
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostPathType } from './volume-plan.ts';

const NAMES: Record<Exclude<HostPathType, ''>, string> = {
  Directory: 'a directory',
  DirectoryOrCreate: 'a directory',
  File: 'a file',
  FileOrCreate: 'a file',
  Socket: 'a socket file',
  CharDevice: 'a character device',
  BlockDevice: 'a block device',
};

type Found = 'directory' | 'file' | 'socket' | 'character' | 'block' | 'other' | 'missing';
const WANTED: Record<Exclude<HostPathType, ''>, Found> = {
  Directory: 'directory',
  DirectoryOrCreate: 'directory',
  File: 'file',
  FileOrCreate: 'file',
  Socket: 'socket',
  CharDevice: 'character',
  BlockDevice: 'block',
};

async function look(path: string): Promise<Found> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (info === undefined) return 'missing';
  if (info.isDirectory()) return 'directory';
  if (info.isFile()) return 'file';
  if (info.isSocket()) return 'socket';
  if (info.isCharacterDevice()) return 'character';
  return info.isBlockDevice() ? 'block' : 'other';
}

async function makeDirectories(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o755 });
  if (first !== undefined) await chmod(path, 0o755);
}

/** A missing path without a type becomes a directory, as the container runtimes of Kubernetes do it. undefined: all is well. */
export async function checkHostPath(path: string, type: HostPathType): Promise<string | undefined> {
  try {
    const found = await look(path);
    if (type === '' || type === 'DirectoryOrCreate') {
      if (found === 'missing') await makeDirectories(path);
      return type === '' || found === 'missing' || found === 'directory' ? undefined : wrongType(path, type);
    }
    if (type === 'FileOrCreate' && found === 'missing') {
      await makeDirectories(dirname(path));
      const file = await open(path, 'a');
      await file.chmod(0o644).finally(() => file.close());
      return undefined;
    }
    return found === WANTED[type] ? undefined : wrongType(path, type);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const wrongType = (path: string, type: Exclude<HostPathType, ''>): string => `hostPath type check failed: ${path} is not ${NAMES[type]}`;
