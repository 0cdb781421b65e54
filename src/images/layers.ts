/**
 * The tree that an image's layers make together, without mounting them: for the few small files that have to be read before a
 * container starts. Every step is looked up by name in each layer, so that no symbolic link of an image ever leads out of it.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { posix } from 'node:path';

/** Is a directory opaque: do the layers below it not show through? Their marks are extended attributes, which Node cannot read. */
export type Opaque = (directory: string) => boolean;

const LINKS = 40;
const LARGEST = 16 * 1024 * 1024;

const lstat = (path: string): Stats | undefined => {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
};

const isWhiteout = (stat: Stats): boolean => stat.isCharacterDevice() && stat.rdev === 0;

export class LayerTree {
  readonly #layers: readonly string[];
  readonly #opaque: Opaque;

  /** `layers`: directories, topmost first. */
  constructor(layers: readonly string[], opaque: Opaque = () => false) {
    this.#layers = layers;
    this.#opaque = opaque;
  }

  /** A regular file's text; undefined when there is none at that path (or it is absurdly large). */
  readText(path: string): string | undefined {
    const file = this.#resolve(path);
    return file === undefined ? undefined : readRegular(file);
  }

  /** The file on the host that shows at a path. */
  #resolve(path: string): string | undefined {
    let pending = parts(path);
    // for each directory on the way its places in the layers, topmost first
    let stack: string[][] = [[...this.#layers]];
    let links = 0;
    while (pending.length > 0) {
      const [name = '', ...rest] = pending;
      pending = rest;
      if (name === '..') {
        if (stack.length > 1) stack.pop();
        continue;
      }
      const found = this.#lookUp(stack.at(-1) ?? [], name);
      if (found === undefined) return undefined;
      if (typeof found !== 'string') {
        stack.push(found);
        continue;
      }
      const stat = lstat(found);
      if (!stat?.isSymbolicLink()) return pending.length === 0 ? found : undefined;
      links += 1;
      if (links > LINKS) return undefined;
      const target = readlinkSync(found);
      if (posix.isAbsolute(target)) stack = stack.slice(0, 1);
      pending = [...parts(target), ...pending];
    }
    return undefined;
  }

  /** A directory's places in the layers, or the one file. */
  #lookUp(places: readonly string[], name: string): string[] | string | undefined {
    const directories: string[] = [];
    for (const place of places) {
      const path = posix.join(place, name);
      const stat = lstat(path);
      if (stat === undefined) {
        // what fuse-overlayfs writes where it may not make devices
        if (lstat(posix.join(place, `.wh.${name}`))) break;
        continue;
      }
      if (isWhiteout(stat)) break;
      if (!stat.isDirectory()) {
        if (directories.length === 0) return path;
        break;
      }
      directories.push(path);
      if (lstat(posix.join(path, '.wh..wh..opq')) || this.#opaque(path)) break;
    }
    return directories.length > 0 ? directories : undefined;
  }
}

const parts = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

function readRegular(file: string): string | undefined {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > LARGEST) return undefined;
    const buffer = Buffer.alloc(stat.size);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, stat.size, 0));
  } finally {
    closeSync(fd);
  }
}
