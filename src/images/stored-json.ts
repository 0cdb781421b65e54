/** The files of containers/storage that are read here: only what is needed of them. */
import { readFileSync, statSync } from 'node:fs';

export interface StoredImage {
  id: string;
  digest?: string;
  names?: string[] | null;
  layer?: string;
  created?: string;
  'big-data-names'?: string[];
  'big-data-sizes'?: Record<string, number>;
}
export interface StoredLayer {
  id: string;
  parent?: string;
  'diff-size'?: number;
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * A JSON list that is parsed again only when the file has changed (storage replaces its files by rename). A file that is not
 * there is an empty list.
 */
export class StoredList<T> {
  readonly #file: string;
  #seen = '';
  #items: T[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** The items, and whether they are others than at the last call. */
  read(): { items: T[]; changed: boolean } {
    const seen = this.#identity();
    if (seen === this.#seen) return { items: this.#items, changed: false };
    this.#items = seen === 'missing' ? [] : (JSON.parse(readFileSync(this.#file, 'utf8')) as T[]);
    this.#seen = seen;
    return { items: this.#items, changed: true };
  }

  #identity(): string {
    try {
      const stat = statSync(this.#file, { bigint: true });
      return `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
    } catch (error) {
      if (isMissing(error)) return 'missing';
      throw error;
    }
  }
}

/** The file of a piece of "big data": names with other characters than [.0-9a-z] are encoded. */
export const bigDataFile = (name: string): string => (/^[.0-9a-z]+$/.test(name) ? name : `=${Buffer.from(name).toString('base64')}`);
