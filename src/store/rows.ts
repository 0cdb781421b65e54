/** Which objects there are, and in which row of the file. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { ObjectKey } from './key.ts';

export interface Row {
  id: number;
  rv: number;
  /** Where a question to the file gives it along. */
  body?: string;
}

export interface Rows {
  find(key: ObjectKey): Row | undefined;
  byUid(uid: string): Row | undefined;
  /** By namespace and name; all namespaces without one. */
  list(apiVersion: string, kind: string, namespace?: string): Row[];
  /** In the order in which they were made. */
  all(namespace?: string): Row[];
}

/** For readers, since another process writes: asks the file each time. */
export class FileRows implements Rows {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  find({ apiVersion, kind, namespace, name }: ObjectKey): Row | undefined {
    return this.#ask('api = ? AND kind = ? AND namespace = ? AND name = ?', apiVersion, kind, namespace ?? '', name)[0];
  }

  byUid(uid: string): Row | undefined {
    return this.#ask('uid = ?', uid)[0];
  }

  list(apiVersion: string, kind: string, namespace?: string): Row[] {
    return namespace === undefined
      ? this.#ask('api = ? AND kind = ? ORDER BY namespace, name', apiVersion, kind)
      : this.#ask('api = ? AND kind = ? AND namespace = ? ORDER BY name', apiVersion, kind, namespace);
  }

  all(namespace?: string): Row[] {
    return namespace === undefined ? this.#ask('true ORDER BY id') : this.#ask('namespace = ? ORDER BY id', namespace);
  }

  #ask(which: string, ...values: SQLInputValue[]): Row[] {
    const text = `SELECT id, rv, body FROM objects WHERE ${which}`;
    const statement = this.#statements.get(text) ?? this.#db.prepare(text);
    this.#statements.set(text, statement);
    return statement.all(...values) as unknown as Row[];
  }
}

interface Placed extends Row {
  key: ObjectKey;
  uid: string;
}

const kindText = (apiVersion: string, kind: string): string => `${apiVersion} ${kind}`;
const placeText = ({ apiVersion, kind, namespace, name }: ObjectKey): string => `${apiVersion} ${kind} ${namespace ?? ''} ${name}`;
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
const byPlace = ({ key: a }: Placed, { key: b }: Placed): number =>
  compare(a.namespace ?? '', b.namespace ?? '') || compare(a.name, b.name);

/** For the writer, whom nobody changes the file behind its back: kept in memory. */
export class KeptRows implements Rows {
  readonly #db: DatabaseSync;
  #loaded = false;
  readonly #byId = new Map<number, Placed>();
  readonly #byPlace = new Map<string, Placed>();
  readonly #byUid = new Map<string, Placed>();
  readonly #byKind = new Map<string, Set<Placed>>();
  /** Lists that were asked for and still hold. */
  readonly #sorted = new Map<string, Placed[]>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  find(key: ObjectKey): Row | undefined {
    this.#load();
    return this.#byPlace.get(placeText(key));
  }

  byUid(uid: string): Row | undefined {
    this.#load();
    return this.#byUid.get(uid);
  }

  list(apiVersion: string, kind: string, namespace?: string): Row[] {
    this.#load();
    const text = kindText(apiVersion, kind);
    const sorted = this.#sorted.get(text) ?? [...(this.#byKind.get(text) ?? [])].sort(byPlace);
    this.#sorted.set(text, sorted);
    return namespace === undefined ? [...sorted] : sorted.filter(({ key }) => (key.namespace ?? '') === namespace);
  }

  all(namespace?: string): Row[] {
    this.#load();
    const rows = [...this.#byId.values()].filter(({ key }) => namespace === undefined || (key.namespace ?? '') === namespace);
    return rows.sort((a, b) => a.id - b.id);
  }

  added(id: number, rv: number, key: ObjectKey, uid: string): void {
    const placed: Placed = { id, rv, key, uid };
    this.#byId.set(id, placed);
    this.#byPlace.set(placeText(key), placed);
    this.#byUid.set(uid, placed);
    const text = kindText(key.apiVersion, key.kind);
    this.#byKind.set(text, (this.#byKind.get(text) ?? new Set()).add(placed));
    this.#sorted.delete(text);
  }

  changed(id: number, rv: number): void {
    const placed = this.#byId.get(id);
    if (placed) placed.rv = rv;
  }

  removed(id: number): void {
    const placed = this.#byId.get(id);
    if (!placed) return;
    this.#byId.delete(id);
    this.#byPlace.delete(placeText(placed.key));
    this.#byUid.delete(placed.uid);
    const text = kindText(placed.key.apiVersion, placed.key.kind);
    this.#byKind.get(text)?.delete(placed);
    this.#sorted.delete(text);
  }

  /** After a rollback: read again. */
  forget(): void {
    this.#loaded = false;
  }

  #load(): void {
    if (this.#loaded) return;
    for (const map of [this.#byId, this.#byPlace, this.#byUid, this.#byKind, this.#sorted]) map.clear();
    this.#loaded = true;
    for (const row of this.#db.prepare('SELECT id, rv, api, kind, namespace, name, uid FROM objects').all()) {
      const [apiVersion = '', kind = '', namespace = '', name = '', uid = ''] = ['api', 'kind', 'namespace', 'name', 'uid'].map((field) =>
        String(row[field]),
      );
      this.added(Number(row['id']), Number(row['rv']), { apiVersion, kind, namespace, name }, uid);
    }
  }
}
