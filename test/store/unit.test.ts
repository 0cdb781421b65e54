import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { Unit } from '../../src/store/unit.ts';

describe('unit of work', () => {
  let db: DatabaseSync;
  let told: string[];
  let unit: Unit;
  beforeEach(() => {
    db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE t (v TEXT)');
    told = [];
    unit = new Unit(db, { committed: () => told.push('committed'), mark: () => () => told.push('back') });
  });
  afterEach(() => db.close());
  const put = (value: string) => void db.prepare('INSERT INTO t VALUES (?)').run(value);
  const rows = () =>
    db
      .prepare('SELECT v FROM t')
      .all()
      .map((row) => String(row['v']).slice(0, 3));

  it('commits once, at the outermost level', () => {
    const answer = unit.run(() => {
      put('a');
      return unit.run(() => {
        put('b');
        return 7;
      }, true);
    }, true);
    assert.deepEqual([answer, rows(), told], [7, ['a', 'b'], ['committed']]);
  });

  it('undoes the level that throws', () => {
    unit.run(() => {
      put('a');
      assert.throws(
        () =>
          unit.run(() => {
            put('b');
            throw new Error('inner');
          }, true),
        /inner/,
      );
      put('c');
    }, true);
    assert.deepEqual(
      [rows(), told],
      [
        ['a', 'c'],
        ['back', 'committed'],
      ],
    );
  });

  it('goes on after a failure', () => {
    assert.throws(
      () =>
        unit.run(() => {
          put('a');
          throw new Error('outer');
        }, true),
      /outer/,
    );
    unit.run(() => put('b'), false);
    assert.deepEqual([rows(), told], [['b'], ['back', 'committed']]);
  });

  it('a disk that is full undoes everything', () => {
    const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number };
    db.exec(`PRAGMA max_page_count = ${pages + 2}`);
    assert.throws(
      () =>
        unit.run(() => {
          put('a');
          unit.run(() => put('x'.repeat(100_000)), true);
        }, true),
      /full/,
    );
    assert.deepEqual([rows(), told], [[], ['back', 'back']]);
    unit.run(() => put('b'), true);
    assert.deepEqual(rows(), ['b']);
  });
});
