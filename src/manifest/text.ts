/** Bytes to text: UTF-8, or the UTF-16 that some editors and shells write. Nothing is replaced in silence. */
import { PodsteadError } from '../api/errors.ts';

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** No manifest is that long; a device or a server may go on for ever. */
const MAX_BYTES = 64 * 1024 * 1024;

const encodingOf = ([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' => {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
};

/** The line, from 1, of the first byte that is no UTF-8. */
const badLine = (bytes: Uint8Array): number => {
  const good = new TextDecoder().decode(bytes).split('\uFFFD', 1)[0] ?? '';
  return good.split('\n').length;
};

const decode = (what: string, bytes: Uint8Array): string => {
  const encoding = encodingOf(bytes);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const where = encoding === 'utf-8' ? `${what}:${badLine(bytes)}` : what;
    throw new PodsteadError('INVALID_MANIFEST', `${where}: this is not ${encoding.toUpperCase()} text`, {
      remedy: 'is it a manifest? save it as UTF-8',
    });
  }
  const nul = text.indexOf('\0');
  if (nul === -1) return text;
  throw new PodsteadError(
    'INVALID_MANIFEST',
    `${what}:${text.slice(0, nul).split('\n').length}: there is a NUL character, so this is no text`,
  );
};

/** All of it. Throws INVALID_MANIFEST for what is no text or longer than 64 MiB. */
export const readText = async (what: string, chunks: Chunks): Promise<string> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new PodsteadError('INVALID_MANIFEST', `${what}: more than 64 MiB, so this is no manifest`);
    parts.push(chunk);
  }
  return decode(what, Buffer.concat(parts));
};
