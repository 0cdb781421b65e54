/** Transactions over one connection: nested ones are savepoints, and what happens after the commit is kept in order. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface UnitHooks {
  /** Called after the outermost commit. */
  committed(): void;
  /** Remembers where the in-memory side stands; the returned function goes back there. */
  mark(): () => void;
}

/** Thrown to leave a transaction without keeping it. */
class Discard {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

export class Unit {
  readonly #db: DatabaseSync;
  readonly #hooks: UnitHooks;
  #depth = 0;
  #durable: boolean | undefined;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, hooks: UnitHooks) {
    this.#db = db;
    this.#hooks = hooks;
  }

  /** All of `fn` or nothing. `durable`: on disk before it returns (a power cut may undo others); the outermost call decides. */
  run<T>(fn: () => T, durable: boolean): T {
    if (this.#depth === 0) this.#setDurable(durable);
    const level = this.#depth;
    const back = this.#hooks.mark();
    if (level === 0) this.#outermost('BEGIN IMMEDIATE');
    else this.#db.exec(`SAVEPOINT s${level}`);
    this.#depth++;
    try {
      const result = fn();
      if (result instanceof Promise) throw new TypeError('a transaction cannot wait: its function must not be async');
      if (level === 0) this.#outermost('COMMIT');
      else this.#db.exec(`RELEASE s${level}`);
      this.#depth--;
      if (level === 0) this.#hooks.committed();
      return result;
    } catch (error) {
      if (this.#depth > level) {
        this.#depth = level;
        this.#undo(level);
        back();
      }
      throw error;
    }
  }

  /** Does it, takes the result, undoes it. */
  rehearse<T>(fn: () => T): T {
    try {
      this.run(() => {
        throw new Discard(fn());
      }, false);
      throw new Error('unreachable');
    } catch (error) {
      if (error instanceof Discard) return error.value as T;
      throw error;
    }
  }

  /** Prepared once: there are many. */
  #outermost(text: 'BEGIN IMMEDIATE' | 'COMMIT'): void {
    const statement = this.#statements.get(text) ?? this.#db.prepare(text);
    this.#statements.set(text, statement);
    statement.run();
  }

  #undo(level: number): void {
    // A full disk makes SQLite roll back by itself; a second ROLLBACK would then hide the first error.
    if (!this.#db.isTransaction) return;
    if (level === 0) this.#db.exec('ROLLBACK');
    else this.#db.exec(`ROLLBACK TO s${level}; RELEASE s${level}`);
  }

  #setDurable(durable: boolean): void {
    if (this.#durable === durable) return;
    this.#db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    this.#durable = durable;
  }
}
