/** Private records: what the engine remembers of the machine, by bucket and key. JSON values, held in memory by the writer. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { freezeJson } from '../api/json.ts';

export interface Records<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
  /** In key order. */
  all(): [key: string, value: T][];
}

export class RecordTable {
  readonly #db: DatabaseSync;
  readonly #write: (fn: () => void) => void;
  readonly #keep: boolean;
  #buckets = new Map<string, Map<string, unknown>>();
  #put: StatementSync | undefined;
  #delete: StatementSync | undefined;

  /** `keep`: nobody else writes, so what was read stays true. `write` runs its argument in a transaction. */
  constructor(db: DatabaseSync, keep: boolean, write: (fn: () => void) => void) {
    this.#db = db;
    this.#keep = keep;
    this.#write = write;
  }

  bucket<T>(name: string): Records<T> {
    return {
      get: (key) => this.#load(name).get(key) as T | undefined,
      put: (key, value) => this.#store(name, key, value),
      delete: (key) => this.#remove(name, key),
      all: () => [...this.#load(name)].sort(([a], [b]) => (a < b ? -1 : 1)) as [string, T][],
    };
  }

  /** After a rollback: read again. */
  forget(): void {
    this.#buckets = new Map();
  }

  #load(bucket: string): Map<string, unknown> {
    const kept = this.#buckets.get(bucket);
    if (kept) return kept;
    const rows = this.#db.prepare('SELECT key, value FROM records WHERE bucket = ? ORDER BY key').all(bucket);
    const map = new Map(rows.map((row) => [String(row['key']), freezeJson(JSON.parse(String(row['value'])) as unknown)]));
    if (this.#keep) this.#buckets.set(bucket, map);
    return map;
  }

  #store(bucket: string, key: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#put ??= this.#db.prepare(
      'INSERT INTO records (bucket, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
    const put = this.#put;
    this.#write(() => {
      put.run(bucket, key, text);
      this.#load(bucket).set(key, freezeJson(JSON.parse(text) as unknown));
    });
  }

  #remove(bucket: string, key: string): void {
    if (!this.#load(bucket).has(key)) return;
    this.#delete ??= this.#db.prepare('DELETE FROM records WHERE bucket = ? AND key = ?');
    const remove = this.#delete;
    this.#write(() => {
      remove.run(bucket, key);
      this.#load(bucket).delete(key);
    });
  }
}
