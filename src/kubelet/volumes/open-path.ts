/**
 * Opening what containers may have prepared. A path is walked component by component, each opened without following a link below
 * a descriptor that is already held, so nothing that a container swaps meanwhile leads outside. A link is resolved by us: its
 * target is walked in the same way, from where it lies, and may not leave the volume.
 */
import { chmodSync, close, closeSync, constants, fstatSync, mkdirSync, openSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';

/** Linux: a descriptor that is only a place. Node doesn't name it. */
const O_PATH = 0o10000000;
const PLACE = O_PATH | constants.O_NOFOLLOW;
const MOST_LINKS = 40;

/** The path of a descriptor of this process, for calls that take paths: follows to exactly what is open. */
export const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`;

const isDirectory = (fd: number): boolean => fstatSync(fd).isDirectory();
const isLink = (fd: number): boolean => fstatSync(fd).isSymbolicLink();

export interface OpenedPath {
  fd: number;
  directory: boolean;
  close(): Promise<void>;
}

export class PathEscape extends Error {}

/**
 * Opens `subPath` below `root`. Missing directories are made with `mode`. Throws PathEscape when the path or a link leads outside,
 * otherwise what the system says.
 */
export function openBelow(root: string, subPath: string, mode: number): OpenedPath {
  // the volume itself may be reached by a link: its path is ours or the manifest's
  const held: number[] = [openSync(root, O_PATH | constants.O_DIRECTORY)];
  try {
    walk(held, subPath, mode);
    const fd = held.pop();
    if (fd === undefined) throw new PathEscape(`${subPath} leads outside the volume`);
    return { fd, directory: isDirectory(fd), close: () => promisify(close)(fd) };
  } finally {
    for (const fd of held) closeSync(fd);
  }
}

function walk(held: number[], subPath: string, mode: number): void {
  const rest = subPath.split('/');
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '' || name === '.') continue;
    const here = held.at(-1);
    if (here === undefined) throw new PathEscape(`${subPath} leads outside the volume`);
    if (name === '..') {
      if (held.length === 1) throw new PathEscape(`${subPath} leads outside the volume`);
      closeSync(here);
      held.pop();
      continue;
    }
    const fd = openOrMake(here, name, mode);
    if (!isLink(fd)) {
      held.push(fd);
      continue;
    }
    closeSync(fd);
    const target = readlinkSync(`${descriptorPath(here)}/${name}`);
    links += 1;
    if (links > MOST_LINKS) throw new PathEscape(`${subPath} has too many symbolic links`);
    if (target.startsWith('/')) throw new PathEscape(`${subPath} leads outside the volume: ${name} is a link to ${target}`);
    rest.unshift(...target.split('/'));
  }
}

function openOrMake(parent: number, name: string, mode: number): number {
  const path = `${descriptorPath(parent)}/${name}`;
  try {
    return openSync(path, PLACE);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  let made = true;
  try {
    mkdirSync(path);
  } catch (error) {
    // somebody else was faster
    if (codeOf(error) !== 'EEXIST') throw error;
    made = false;
  }
  const fd = openSync(path, PLACE);
  if (made && isDirectory(fd)) chmodSync(descriptorPath(fd), mode & 0o7777);
  return fd;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
