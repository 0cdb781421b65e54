/** Where manifests come from: files, directories, standard input, the web. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';

export interface Text {
  /** As the user wrote it; `stdin` for `-`. */
  file: string;
  text: string;
}

export interface SourceIo {
  /** All of standard input. */
  stdin: () => Promise<string>;
  /** For http(s) URLs; Node's own if not given. */
  fetch?: typeof fetch;
  /** Directories with all that is below them (`-R`). */
  recursive?: boolean;
}

const MANIFEST = /\.(ya?ml|json)$/i;
const FETCH_TIMEOUT_MS = 30_000;

const failed = (what: string, cause: unknown): PodsteadError => {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') return new PodsteadError('NOT_FOUND', `${what}: no such file or directory`, { cause });
  return new PodsteadError('IO', `${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
};

const readUrl = async (url: string, get: typeof fetch): Promise<Text> => {
  let response: Response;
  try {
    response = await get(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  } catch (cause) {
    throw failed(url, cause);
  }
  if (!response.ok) throw new PodsteadError('IO', `${url}: the server answered ${response.status} ${response.statusText}`.trimEnd());
  return { file: url, text: await response.text() };
};

const readDirectory = async (path: string, recursive: boolean): Promise<Text[]> => {
  const entries = await readdir(path, { withFileTypes: true });
  const texts: Text[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = join(path, entry.name);
    const directory = entry.isDirectory() || (entry.isSymbolicLink() && (await stat(file)).isDirectory());
    if (directory && recursive && entry.isDirectory()) texts.push(...(await readDirectory(file, recursive)));
    else if (!directory && MANIFEST.test(entry.name)) texts.push({ file, text: await readFile(file, 'utf8') });
  }
  return texts;
};

const readPath = async (path: string, recursive: boolean): Promise<Text[]> => {
  try {
    if (!(await stat(path)).isDirectory()) return [{ file: path, text: await readFile(path, 'utf8') }];
    const texts = await readDirectory(path, recursive);
    if (texts.length > 0) return texts;
  } catch (cause) {
    throw failed(path, cause);
  }
  throw new PodsteadError('NOT_FOUND', `${path}: no .yaml, .yml or .json files in this directory`, {
    ...(recursive ? {} : { remedy: 'with -R the directories below it are read too' }),
  });
};

/** In the order given, directories sorted by name. Throws NOT_FOUND, IO and (no arguments, `-` twice) USAGE. */
export const readSources = async (args: readonly string[], io: SourceIo): Promise<Text[]> => {
  if (args.length === 0)
    throw new PodsteadError('USAGE', 'no manifest given', { remedy: 'name a file, a directory, a URL or - for standard input' });
  if (args.filter((arg) => arg === '-').length > 1) throw new PodsteadError('USAGE', 'standard input can be read only once');
  const texts: Text[] = [];
  for (const arg of args) {
    if (arg === '-') texts.push({ file: 'stdin', text: await io.stdin() });
    else if (/^https?:\/\//i.test(arg)) texts.push(await readUrl(arg, io.fetch ?? fetch));
    else texts.push(...(await readPath(arg, io.recursive ?? false)));
  }
  return texts;
};
