/** The accounts of images, read from their layers once. */
import { lstatSync } from 'node:fs';
import { runTool } from '../host/spawn.ts';
import { type AccountFiles, parseAccounts } from './accounts.ts';
import type { Image } from './image-store.ts';
import { LayerTree } from './layers.ts';

export class ImageAccounts {
  readonly #known = new Map<string, Promise<AccountFiles>>();

  /** Milliseconds for an image of one layer or one that was asked for before. Must run inside our user and mount namespaces. */
  of(image: Pick<Image, 'id' | 'layerDirectories'>): Promise<AccountFiles> {
    const known = this.#known.get(image.id);
    if (known) return known;
    const reading = readAccounts(image.layerDirectories);
    this.#known.set(image.id, reading);
    reading.catch(() => this.#known.delete(image.id));
    return reading;
  }
}

export async function readAccounts(layers: readonly string[]): Promise<AccountFiles> {
  const opaque = await opaqueDirectories(layers);
  const tree = new LayerTree(layers, (directory) => opaque.has(directory));
  return parseAccounts(tree.readText('/etc/passwd'), tree.readText('/etc/group'));
}

/**
 * Which of the layers' directories `etc` hide what lies below. tar is the program on every Debian that shows extended attributes:
 * it writes them into an archive's headers. Other directories on the way (an `etc` that is a link) are taken as not opaque.
 */
async function opaqueDirectories(layers: readonly string[]): Promise<Set<string>> {
  const withEtc = layers.filter((layer) => lstatSync(`${layer}/etc`, { throwIfNoEntry: false })?.isDirectory());
  // below the last one there is nothing to hide
  const asked = withEtc.slice(0, -1);
  if (asked.length === 0) return new Set();
  const options = ['--xattrs', '--xattrs-include=user.overlay.opaque', '--format=pax', '--numeric-owner', '--no-recursion'];
  const { stdout } = await runTool(['tar', ...options, '-cf', '-', ...asked.flatMap((layer) => ['-C', layer, 'etc'])], {
    timeoutMs: 10_000,
  });
  const marks = opaqueMembers(stdout);
  return new Set(asked.filter((_, index) => marks[index]).map((layer) => `${layer}/etc`));
}

const BLOCK = 512;

/** For each directory in an archive of directories: does its extended header call it opaque? */
export function opaqueMembers(archive: string): boolean[] {
  const members: boolean[] = [];
  let opaque = false;
  for (let at = 0; archive[at] !== undefined && archive[at] !== '\0'; ) {
    const size = Number.parseInt(archive.slice(at + 124, at + 136), 8) || 0;
    const type = archive[at + 156];
    if (type === 'x') opaque = archive.slice(at + BLOCK, at + BLOCK + size).includes('user.overlay.opaque=y');
    if (type === '5') members.push(opaque);
    if (type === '5') opaque = false;
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
  return members;
}
