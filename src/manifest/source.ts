/** Where manifests come from: files, directories, standard input, the web. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { type Chunks, readText } from './text.ts';

export interface Text {
  /** As the user wrote it; `stdin` for `-`. */
  file: string;
  text: string;
}

export interface SourceIo {
  /** All of standard input. */
  stdin: () => Chunks;
  /** For http(s) URLs; Node's own if not given. */
  fetch?: typeof fetch;
  /** Directories with all that is below them (`-R`). */
  recursive?: boolean;
}

const MANIFEST = /\.(ya?ml|json)$/i;
const FETCH_TIMEOUT_MS = 30_000;

const failed = (what: string, cause: unknown): PodsteadError => {
  if (cause instanceof PodsteadError) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') return new PodsteadError('NOT_FOUND', `${what}: no such file or directory`, { cause });
  return new PodsteadError('IO', `${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
};

const readFrom = async (file: string, chunks: Chunks): Promise<Text> => ({ file, text: await readText(file, chunks) });

/** Connection and body together have FETCH_TIMEOUT_MS. */
const readUrl = async (url: string, get: typeof fetch): Promise<Text> => {
  try {
    const response = await get(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) throw new PodsteadError('IO', `${url}: the server answered ${response.status} ${response.statusText}`.trimEnd());
    return await readFrom(url, response.body ?? []);
  } catch (cause) {
    throw failed(url, cause);
  }
};

const readDirectory = async (path: string, recursive: boolean): Promise<Text[]> => {
  const entries = await readdir(path, { withFileTypes: true });
  const texts: Text[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = join(path, entry.name);
    if (entry.isDirectory() && recursive) texts.push(...(await readDirectory(file, recursive)));
    // a FIFO or a device would be waited for
    else if (MANIFEST.test(entry.name) && (await stat(file)).isFile()) texts.push(await readFrom(file, createReadStream(file)));
  }
  return texts;
};

const readPath = async (path: string, recursive: boolean): Promise<Text[]> => {
  try {
    if (!(await stat(path)).isDirectory()) return [await readFrom(path, createReadStream(path))];
    const texts = await readDirectory(path, recursive);
    if (texts.length > 0) return texts;
  } catch (cause) {
    throw failed(path, cause);
  }
  throw new PodsteadError('NOT_FOUND', `${path}: no .yaml, .yml or .json files in this directory`, {
    ...(recursive ? {} : { remedy: 'with -R the directories below it are read too' }),
  });
};

/** In the order given, directories sorted by name. Throws NOT_FOUND, IO, INVALID_MANIFEST (no text, or far
 * too much of it) and (no arguments, `-` twice) USAGE. */
export const readSources = async (args: readonly string[], io: SourceIo): Promise<Text[]> => {
  if (args.length === 0)
    throw new PodsteadError('USAGE', 'no manifest given', { remedy: 'name a file, a directory, a URL or - for standard input' });
  if (args.filter((arg) => arg === '-').length > 1) throw new PodsteadError('USAGE', 'standard input can be read only once');
  const texts: Text[] = [];
  for (const arg of args) {
    if (arg === '-') texts.push(await readFrom('stdin', io.stdin()));
    else if (/^https?:\/\//i.test(arg)) texts.push(await readUrl(arg, io.fetch ?? fetch));
    else texts.push(...(await readPath(arg, io.recursive ?? false)));
  }
  return texts;
};
