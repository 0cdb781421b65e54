/**
 * The objects and their history in one SQLite file. One process writes (the engine); others may read the same file.
 * Everything is synchronous. Objects that come out are frozen: make a new one to change something.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { freezeJson, sameJson } from '../api/json.ts';
import type { KubeObject, Stored } from '../api/objects.ts';
import { resourceOf } from '../api/resource.ts';
import { alreadyExists, conflict, notFound } from '../api/status.ts';
import { timeText } from '../api/time.ts';
import { ObjectCache } from './cache.ts';
import { openDatabase, storeFailure } from './database.ts';
import { type Change, History } from './history.ts';
import { keyOf, type ObjectKey } from './key.ts';
import { type Records, RecordTable } from './records.ts';
import { FileRows, KeptRows, type Row, type Rows } from './rows.ts';
import { Unit } from './unit.ts';

export type { Change, ChangeType } from './history.ts';
export { keyOf, type ObjectKey } from './key.ts';
export type { Records } from './records.ts';

/** Only writers need it, and it takes milliseconds to load. */
const newUid = (): string => process.getBuiltinModule('node:crypto').randomUUID();

/** A kind's type narrows what get and list return: `store.list<Pod>('v1', 'Pod')`. */
interface Typed {
  apiVersion: string;
  kind: string;
}
type Found<T extends Typed> = T & Stored;

export interface StoreOptions {
  readOnly?: boolean;
  now?: () => Date;
  /** Changes kept for watches that resume; 10,000. */
  historyLimit?: number;
}

export class Store {
  readonly file: string;
  readonly readOnly: boolean;
  readonly #db: DatabaseSync;
  readonly #now: () => Date;
  readonly #unit: Unit;
  readonly #history: History;
  readonly #records: RecordTable;
  readonly #cache = new ObjectCache();
  readonly #statements = new Map<string, StatementSync>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #rows: Rows;
  /** The same for the writer, who has to tell it of everything. */
  readonly #kept: KeptRows | undefined;
  #rv = 0;
  #pending: Change[] = [];
  #delivery: Change[] = [];
  #delivering = false;

  private constructor(db: DatabaseSync, file: string, options: StoreOptions) {
    this.file = file;
    this.readOnly = options.readOnly === true;
    this.#kept = this.readOnly ? undefined : new KeptRows(db);
    this.#rows = this.#kept ?? new FileRows(db);
    this.#db = db;
    this.#now = options.now ?? (() => new Date());
    this.#history = new History(db, options.historyLimit ?? 10_000);
    this.#rv = this.#history.newest();
    this.#unit = new Unit(db, { mark: () => this.#mark(), committed: () => this.#deliver() });
    this.#records = new RecordTable(db, !this.readOnly, (fn) => this.transaction(fn, { durable: false }));
  }

  /** Throws STORE_VERSION, STORE_FAILED, and NOT_FOUND when it should only be read and is not there. */
  static open(file: string, options: StoreOptions = {}): Store {
    return new Store(openDatabase(file, options.readOnly === true), file, options);
  }

  close(): void {
    this.#db.close();
  }

  /**
   * All of `fn` or nothing; nested calls join the outer one, and if one of them throws only its own part is undone.
   * `durable` (default): survives a power cut, not only a kill. `fn` must not be async.
   */
  transaction<T>(fn: () => T, options: { durable?: boolean } = {}): T {
    return this.#guard(() => this.#unit.run(fn, options.durable !== false));
  }

  /** Does it, takes the result and undoes it: what a dry run answers. */
  rehearse<T>(fn: () => T): T {
    return this.#guard(() => this.#unit.rehearse(fn));
  }

  /** Several reads of one moment, for readers in other processes. */
  snapshot<T>(fn: () => T): T {
    return this.#guard(() => {
      this.#db.exec('BEGIN');
      try {
        return fn();
      } finally {
        this.#db.exec('COMMIT');
      }
    });
  }

  get<T extends Typed = Stored>(key: ObjectKey): Found<T> | undefined {
    const row = this.#guard(() => this.#rows.find(key));
    return row && (this.#object(row) as Found<T>);
  }

  /** Like get, but throws NotFound (404). */
  need<T extends Typed = Stored>(key: ObjectKey): Found<T> {
    const found = this.get<T>(key);
    if (found === undefined) throw notFound(resourceOf(key.apiVersion, key.kind), key.name);
    return found;
  }

  byUid<T extends Typed = Stored>(uid: string): Found<T> | undefined {
    const row = this.#guard(() => this.#rows.byUid(uid));
    return row && (this.#object(row) as Found<T>);
  }

  /** By namespace and name; all namespaces without one. */
  list<T extends Typed = Stored>(apiVersion: T['apiVersion'], kind: T['kind'], namespace?: string): Found<T>[] {
    return this.#guard(() => this.#rows.list(apiVersion, kind, namespace)).map((row) => this.#object(row) as Found<T>);
  }

  /** Like list, the last made first: times in whole seconds cannot tell objects apart that were made in a row. */
  newest<T extends Typed = Stored>(apiVersion: T['apiVersion'], kind: T['kind'], namespace: string): Found<T>[] {
    const rows = this.#guard(() => this.#rows.list(apiVersion, kind, namespace));
    return rows.sort((a, b) => b.id - a.id).map((row) => this.#object(row) as Found<T>);
  }

  /** Every object there is, or every one of a namespace. */
  all(namespace?: string): Stored[] {
    return this.#guard(() => this.#rows.all(namespace)).map((row) => this.#object(row));
  }

  /** The newest resourceVersion given out, `0` in a new store. */
  resourceVersion(): string {
    return String(this.readOnly ? this.#guard(() => this.#history.newest()) : this.#rv);
  }

  /** uid and creationTimestamp are filled in where absent. Throws AlreadyExists (409). */
  create<T extends Typed = Stored>(object: KubeObject): Found<T> {
    const key = keyOf(object);
    return this.transaction(() => {
      if (this.#rows.find(key)) throw alreadyExists(resourceOf(key.apiVersion, key.kind), key.name);
      const rv = ++this.#rv;
      const metadata = {
        creationTimestamp: timeText(this.#now()),
        uid: object.metadata.uid ?? newUid(),
        ...object.metadata,
        resourceVersion: String(rv),
      };
      const body = JSON.stringify({ ...object, metadata });
      const stored = freezeJson(JSON.parse(body) as Stored);
      const { lastInsertRowid } = this.#sql(
        'INSERT INTO objects (api, kind, namespace, name, uid, rv, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ).run(key.apiVersion, key.kind, key.namespace ?? '', key.name, stored.metadata.uid, rv, body);
      this.#kept?.added(Number(lastInsertRowid), rv, key, stored.metadata.uid);
      this.#note({ type: 'ADDED', object: stored }, Number(lastInsertRowid), body);
      return stored as Found<T>;
    });
  }

  /**
   * Puts the whole object in the place of the one there; uid and creationTimestamp stay, generation (where there is one) grows with
   * each change of spec. A resourceVersion that is not the current one is a Conflict (409). No difference: nothing is written.
   */
  update<T extends Typed = Stored>(object: KubeObject): Found<T> {
    return this.transaction(() => this.#replace(object)) as Found<T>;
  }

  /** Replaces only the status. With a uid, an object of another uid counts as not found. Not durable by itself: status is seen again. */
  updateStatus<T extends Typed = Stored>(key: ObjectKey, status: unknown, uid?: string): Found<T> {
    return this.transaction(
      () => {
        const current = this.need(key);
        if (uid !== undefined && current.metadata.uid !== uid) throw notFound(resourceOf(key.apiVersion, key.kind), key.name);
        return this.#replace({ ...current, status });
      },
      { durable: false },
    ) as Found<T>;
  }

  /** Returns what was removed, with the resourceVersion of the removal. Throws NotFound (404). */
  remove<T extends Typed = Stored>(key: ObjectKey, uid?: string): Found<T> {
    return this.transaction(() => {
      const before = this.need(key);
      if (uid !== undefined && before.metadata.uid !== uid) throw notFound(resourceOf(key.apiVersion, key.kind), key.name);
      const row = this.#rows.find(key) as Row;
      this.#sql('DELETE FROM objects WHERE id = ?').run(row.id);
      this.#kept?.removed(row.id);
      const rv = ++this.#rv;
      const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(rv) } };
      this.#note({ type: 'DELETED', object: freezeJson(object), before }, row.id, JSON.stringify(object));
      return object as Found<T>;
    });
  }

  /** Called after each commit, change by change, in order. A listener must not throw: that ends the process. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What happened after `resourceVersion`, oldest first. Throws Expired (410) when that is too long ago. */
  changesSince(resourceVersion: string, apiVersion?: string, kind?: string): Change[] {
    return this.#guard(() => this.#history.since(Number(resourceVersion), apiVersion, kind));
  }

  /** Private records, JSON values. Single writes are not durable by themselves. */
  records<T>(bucket: string): Records<T> {
    return this.#records.bucket<T>(bucket);
  }

  readonly meta = {
    get: (key: string): string | undefined => {
      const row = this.#guard(() => this.#sql('SELECT value FROM meta WHERE key = ?').get(key));
      return row === undefined ? undefined : String(row['value']);
    },
    set: (key: string, value: string): void => {
      this.transaction(() => {
        this.#sql('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(key, value);
      });
    },
  };

  #replace(object: KubeObject): Stored {
    const key = keyOf(object);
    const current = this.need(key);
    const expected = object.metadata.resourceVersion;
    if (expected !== undefined && expected !== current.metadata.resourceVersion)
      throw conflict(resourceOf(key.apiVersion, key.kind), key.name);
    const { uid, creationTimestamp, resourceVersion, generation } = current.metadata;
    const grown = generation !== undefined && !sameJson(current['spec'], object['spec']) ? { generation: generation + 1 } : {};
    const next = { ...object, metadata: { ...object.metadata, uid, creationTimestamp, resourceVersion, ...grown } };
    if (sameJson(next, current)) return current;
    const rv = ++this.#rv;
    next.metadata.resourceVersion = String(rv);
    const body = JSON.stringify(next);
    const row = this.#rows.find(key) as Row;
    this.#sql('UPDATE objects SET rv = ?, body = ? WHERE id = ?').run(rv, body, row.id);
    this.#kept?.changed(row.id, rv);
    const stored = freezeJson(JSON.parse(body) as Stored);
    this.#note({ type: 'MODIFIED', object: stored, before: current }, row.id, body);
    return stored;
  }

  #object(row: Row): Stored {
    const kept = this.#cache.get(row.id, row.rv);
    if (kept) return kept;
    const body = row.body ?? this.#guard(() => this.#sql('SELECT body FROM objects WHERE id = ?').get(row.id))?.['body'];
    const object = freezeJson(JSON.parse(String(body)) as Stored);
    this.#cache.set(row.id, object);
    return object;
  }

  #note(change: Change, id: number, body: string): void {
    const rv = Number(change.object.metadata.resourceVersion);
    this.#history.add(rv, change.type, change.object, change.before && Number(change.before.metadata.resourceVersion), body);
    if (change.type === 'DELETED') this.#cache.delete(id);
    else this.#cache.set(id, change.object);
    this.#pending.push(change);
  }

  #mark(): () => void {
    const { length } = this.#pending;
    const rv = this.#rv;
    return () => {
      this.#pending.length = length;
      this.#rv = rv;
      this.#cache.dropNewerThan(rv);
      this.#records.forget();
      this.#kept?.forget();
    };
  }

  #deliver(): void {
    this.#delivery.push(...this.#pending);
    this.#pending = [];
    // A listener that writes comes back here: its changes wait until everybody has seen this one.
    if (this.#delivering) return;
    this.#delivering = true;
    for (let change = this.#delivery.shift(); change; change = this.#delivery.shift())
      for (const listener of this.#listeners) this.#tell(listener, change);
    this.#delivering = false;
  }

  #tell(listener: (change: Change) => void, change: Change): void {
    try {
      listener(change);
    } catch (error) {
      // The write is done: its caller must not see this. A listener that failed has missed a change, so the process must not go on.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#db.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #guard<T>(fn: () => T): T {
    try {
      return fn();
    } catch (error) {
      throw storeFailure(this.file, error);
    }
  }
}
