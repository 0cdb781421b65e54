/** The last changes, in order, for watches that resume. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { freezeJson } from '../api/json.ts';
import type { Stored } from '../api/objects.ts';
import { gone } from '../api/status.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';
export interface Change {
  type: ChangeType;
  /** As it is now; of a deleted one the last state, with the resourceVersion of the deletion. */
  object: Stored;
  /** As it was. Absent for ADDED, and in history when it is no longer kept. */
  before?: Stored;
}

const parse = (body: unknown): Stored => freezeJson(JSON.parse(String(body)) as Stored);

export class History {
  readonly #db: DatabaseSync;
  readonly #limit: number;
  #insert: StatementSync | undefined;

  constructor(db: DatabaseSync, limit: number) {
    this.#db = db;
    this.#limit = limit;
  }

  /** The newest resourceVersion given out. */
  newest(): number {
    return Number(this.#db.prepare('SELECT max(rv) AS rv FROM history').get()?.['rv'] ?? 0);
  }

  /** Inside a transaction. `prev` is the resourceVersion before. */
  add(rv: number, type: ChangeType, object: Stored, prev: number | undefined, body: string): void {
    this.#insert ??= this.#db.prepare('INSERT INTO history (rv, type, api, kind, prev, body) VALUES (?, ?, ?, ?, ?, ?)');
    this.#insert.run(rv, type, object.apiVersion, object.kind, prev ?? null, body);
    // In blocks: one delete of many rows is cheaper than many of one.
    if (rv % Math.max(1, Math.floor(this.#limit / 10)) === 0) this.#trim(rv - this.#limit);
  }

  /** Changes after `rv`, oldest first. Throws Expired (410) when some of them are no longer kept, or `rv` was never given out. */
  since(rv: number, apiVersion?: string, kind?: string): Change[] {
    if (rv < this.#floor()) throw gone(`too old resource version: ${rv} (${this.#floor()})`);
    if (rv > this.newest()) throw gone(`resource version ${rv} is newer than the newest, ${this.newest()}`);
    const rows =
      apiVersion === undefined || kind === undefined
        ? this.#db.prepare('SELECT type, prev, body FROM history WHERE rv > ? ORDER BY rv').all(rv)
        : this.#db
            .prepare('SELECT type, prev, body FROM history WHERE rv > ? AND api = ? AND kind = ? ORDER BY rv')
            .all(rv, apiVersion, kind);
    const bodyAt = this.#db.prepare('SELECT body FROM history WHERE rv = ?');
    return rows.map((row) => {
      const before = row['prev'] === null ? undefined : bodyAt.get(row['prev'] ?? null);
      return { type: row['type'] as ChangeType, object: parse(row['body']), ...(before ? { before: parse(before['body']) } : {}) };
    });
  }

  #floor(): number {
    return Number(this.#db.prepare(`SELECT value FROM meta WHERE key = 'history.floor'`).get()?.['value'] ?? 0);
  }

  #trim(upTo: number): void {
    if (upTo <= 0) return;
    this.#db.prepare('DELETE FROM history WHERE rv <= ?').run(upTo);
    this.#db
      .prepare(`INSERT INTO meta (key, value) VALUES ('history.floor', ?) ON CONFLICT DO UPDATE SET value = excluded.value`)
      .run(String(upTo));
  }
}
