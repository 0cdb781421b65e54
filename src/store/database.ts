/** The SQLite file: opening, schema version, modes. */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { PodsteadError } from '../api/errors.ts';

/** Step n brings a file of version n to version n + 1. Never change one that was released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE objects (
     id INTEGER PRIMARY KEY, api TEXT NOT NULL, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
     uid TEXT NOT NULL UNIQUE, rv INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (api, kind, namespace, name));
   CREATE TABLE history (
     rv INTEGER PRIMARY KEY, type TEXT NOT NULL, api TEXT NOT NULL, kind TEXT NOT NULL, prev INTEGER, body TEXT NOT NULL);
   CREATE TABLE records (bucket TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
   CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
];
export const SCHEMA_VERSION = MIGRATIONS.length;

const wrongVersion = (file: string, found: number, readOnly: boolean) =>
  new PodsteadError('STORE_VERSION', `${file} has schema version ${found}, this podstead reads ${SCHEMA_VERSION}`, {
    remedy:
      found > SCHEMA_VERSION
        ? 'the store was written by a newer podstead: use that one'
        : readOnly
          ? 'wake the engine, which brings the store up to date: podstead resume'
          : 'the store cannot be brought up to date',
  });

const versionOf = (db: DatabaseSync): number => Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);

const migrate = (db: DatabaseSync, from: number): void => {
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(from)) db.exec(step);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
};

/** Failures of SQLite and the file system (disk full, not a database, locked) as STORE_FAILED; others as they are. */
export const storeFailure = (file: string, error: unknown): unknown => {
  if (!(error instanceof Error) || !('errcode' in error || 'syscall' in error)) return error;
  const remedy = /full/.test(error.message) ? 'free some space on that file system' : 'see podstead doctor';
  return new PodsteadError('STORE_FAILED', `store ${file}: ${error.message}`, { remedy, cause: error });
};

const openFile = (file: string, readOnly: boolean): DatabaseSync => {
  if (readOnly && !existsSync(file)) throw new PodsteadError('NOT_FOUND', `no store at ${file}`, { remedy: 'nothing was played yet' });
  if (!readOnly && file !== ':memory:') {
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  }
  return new DatabaseSync(file, { readOnly, timeout: 5_000 });
};

/** Opens and, for the writer, creates or migrates. Throws STORE_VERSION, STORE_FAILED, NOT_FOUND (read-only and no file). */
export const openDatabase = (file: string, readOnly: boolean): DatabaseSync => {
  let db: DatabaseSync | undefined;
  try {
    db = openFile(file, readOnly);
    if (!readOnly) db.exec('PRAGMA journal_mode = WAL');
    const version = versionOf(db);
    if (version > SCHEMA_VERSION || (readOnly && version !== SCHEMA_VERSION)) throw wrongVersion(file, version, readOnly);
    if (version < SCHEMA_VERSION) migrate(db, version);
    return db;
  } catch (error) {
    db?.close();
    throw storeFailure(file, error);
  }
};
