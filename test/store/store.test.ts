import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { KubeObject, Pod } from '../../src/api/objects.ts';
import { type Change, keyOf, Store } from '../../src/store/store.ts';

const pod = (name: string, namespace = 'default'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, generation: 1 },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});
const key = (name: string, namespace = 'default') => ({ apiVersion: 'v1', kind: 'Pod', namespace, name });
const now = () => new Date('2026-01-02T03:04:05.678Z');

describe('store', () => {
  let dir: string;
  let store: Store;
  let seen: string[];
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    store = Store.open(`${dir}/store.db`, { now, historyLimit: 20 });
    seen = [];
    store.onChange((c) =>
      seen.push(`${c.type} ${c.object.metadata.name} ${c.before?.metadata.resourceVersion ?? '-'}→${c.object.metadata.resourceVersion}`),
    );
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true });
  });

  it('fills in uid, creationTimestamp and resourceVersion', () => {
    const { uid, ...metadata } = store.create(pod('a')).metadata;
    assert.match(uid, /^[0-9a-f-]{36}$/);
    assert.deepEqual(metadata, {
      name: 'a',
      namespace: 'default',
      generation: 1,
      creationTimestamp: '2026-01-02T03:04:05Z',
      resourceVersion: '1',
    });
    assert.deepEqual(store.get(key('a')), store.byUid(uid));
  });

  it('refuses a second one of the same name', () => {
    store.create(pod('a'));
    assert.throws(() => store.create(pod('a')), { code: 'CONFLICT', message: 'pods "a" already exists' });
    assert.equal(store.create(pod('a', 'other')).metadata.resourceVersion, '2');
  });

  it('writes nothing when nothing differs, and bumps generation only with spec', () => {
    const first = store.create(pod('a'));
    assert.equal(store.update({ ...first }), first);
    const labelled = store.update({ ...first, metadata: { ...first.metadata, labels: { a: 'b' } } });
    assert.deepEqual([labelled.metadata.resourceVersion, labelled.metadata.generation], ['2', 1]);
    const changed = store.update({ ...labelled, spec: { containers: [] } });
    assert.deepEqual([changed.metadata.resourceVersion, changed.metadata.generation], ['3', 2]);
    assert.deepEqual(seen, ['ADDED a -→1', 'MODIFIED a 1→2', 'MODIFIED a 2→3']);
  });

  it('refuses an old resourceVersion and keeps uid and creationTimestamp', () => {
    const first = store.create(pod('a'));
    store.updateStatus(key('a'), { phase: 'Running' });
    assert.throws(() => store.update({ ...first, spec: {} }), { code: 'CONFLICT' });
    const { resourceVersion: _, ...metadata } = first.metadata;
    const after = store.update({ ...first, metadata: { ...metadata, uid: 'mine', creationTimestamp: 'never' } });
    assert.deepEqual([after.metadata.uid, after.metadata.creationTimestamp], [first.metadata.uid, first.metadata.creationTimestamp]);
  });

  it('status of another uid is not found', () => {
    store.create(pod('a'));
    assert.throws(() => store.updateStatus(key('a'), {}, 'another'), { code: 'NOT_FOUND', message: 'pods "a" not found' });
  });

  it('lists in order of namespace and name, and gives the same object again', () => {
    for (const [name, ns] of [
      ['b', 'x'],
      ['a', 'x'],
      ['c', 'default'],
    ] as const)
      store.create(pod(name, ns));
    const list = store.list<Pod>('v1', 'Pod');
    assert.deepEqual(
      list.map((p) => `${p.metadata.namespace}/${p.metadata.name}`),
      ['default/c', 'x/a', 'x/b'],
    );
    assert.deepEqual(store.list('v1', 'Pod', 'x'), list.slice(1));
    assert.equal(store.list('v1', 'Pod')[0], list[0]);
    assert.deepEqual(store.list('v1', 'Secret'), []);
  });

  it("objects are frozen, and no copy of the caller's is kept", () => {
    const given = pod('a');
    const stored = store.create(given);
    (given['spec'] as { containers: unknown[] }).containers = [];
    assert.deepEqual(stored['spec'], { containers: [{ name: 'c', image: 'i' }] });
    assert.throws(() => Object.assign(stored.metadata, { name: 'b' }), TypeError);
  });

  it('removal gets its own resourceVersion', () => {
    store.create(pod('a'));
    assert.throws(() => store.remove(key('a'), 'another'), { code: 'NOT_FOUND' });
    assert.equal(store.remove(key('a')).metadata.resourceVersion, '2');
    assert.equal(store.get(key('a')), undefined);
    assert.throws(() => store.remove(key('a')), { code: 'NOT_FOUND' });
    assert.deepEqual(seen, ['ADDED a -→1', 'DELETED a 1→2']);
  });

  describe('transactions', () => {
    it('undo objects, records, numbers and events together', () => {
      store.create(pod('a'));
      store.records('r').put('k', 1);
      const attempt = () =>
        store.transaction(() => {
          store.updateStatus(key('a'), { phase: 'Running' });
          store.create(pod('b'));
          store.records('r').put('k', 2);
          throw new Error('no');
        });
      assert.throws(attempt, /no/);
      assert.deepEqual([store.get(key('a'))?.['status'], store.get(key('b')), store.records('r').get('k')], [undefined, undefined, 1]);
      assert.equal(store.create(pod('c')).metadata.resourceVersion, '2');
      assert.deepEqual(seen, ['ADDED a -→1', 'ADDED c -→2']);
    });

    it('a nested one that fails is undone alone', () => {
      store.transaction(() => {
        store.create(pod('a'));
        assert.throws(
          () =>
            store.transaction(() => {
              store.create(pod('b'));
              throw new Error('inner');
            }),
          /inner/,
        );
        store.create(pod('c'));
      });
      assert.deepEqual(seen, ['ADDED a -→1', 'ADDED c -→2']);
    });

    it('rehearse answers and leaves nothing', () => {
      const result = store.rehearse(() => store.create(pod('a')));
      assert.equal(result.metadata.name, 'a');
      assert.deepEqual([store.list('v1', 'Pod'), seen, store.resourceVersion()], [[], [], '0']);
    });

    it('refuse async functions', () => {
      assert.throws(() => store.transaction(async () => {}), /must not be async/);
    });

    it('changes made by a listener are told after the one it listens to', () => {
      const order: string[] = [];
      store.onChange((c) => {
        if (c.type === 'ADDED') store.updateStatus(keyOf(c.object), { phase: 'Pending' });
      });
      store.onChange((c) => order.push(c.type));
      store.create(pod('a'));
      assert.deepEqual(order, ['ADDED', 'MODIFIED']);
    });
  });

  describe('history', () => {
    const brief = (changes: Change[]) => changes.map((c) => [c.type, c.object.metadata.name, c.before?.metadata.resourceVersion]);
    it('gives what happened since', () => {
      store.create(pod('a'));
      store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'default' } });
      store.updateStatus(key('a'), { phase: 'Running' });
      store.remove(key('a'));
      assert.deepEqual(brief(store.changesSince('0')), [
        ['ADDED', 'a', undefined],
        ['ADDED', 'm', undefined],
        ['MODIFIED', 'a', '1'],
        ['DELETED', 'a', '3'],
      ]);
      assert.deepEqual(brief(store.changesSince('2', 'v1', 'Pod')), [
        ['MODIFIED', 'a', '1'],
        ['DELETED', 'a', '3'],
      ]);
      assert.deepEqual(store.changesSince('4'), []);
    });
    it('is Gone when too long ago or never there', () => {
      store.create(pod('a'));
      for (let i = 0; i < 40; i++) store.updateStatus(key('a'), { i });
      assert.throws(() => store.changesSince('3'), {
        code: 'API',
        status: {
          code: 410,
          reason: 'Expired',
          status: 'Failure',
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          message: 'too old resource version: 3 (20)',
        },
      });
      assert.throws(() => store.changesSince('42'), /newer than the newest/);
      assert.equal(store.changesSince('40').length, 1);
    });
    it('goes on after reopening', () => {
      store.create(pod('a'));
      store.close();
      store = Store.open(`${dir}/store.db`);
      assert.equal(store.create(pod('b')).metadata.resourceVersion, '2');
      assert.equal(store.changesSince('0').length, 2);
    });
  });

  describe('file', () => {
    it('is readable by its owner alone', () => {
      store.create(pod('a'));
      for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(`${dir}/store.db${suffix}`).mode & 0o777, 0o600);
    });
    it('can be read beside the writer and after it', () => {
      store.create(pod('a'));
      store.records('r').put('k', { a: 1 });
      const reader = Store.open(`${dir}/store.db`, { readOnly: true });
      assert.equal(reader.list('v1', 'Pod').length, 1);
      store.create(pod('b'));
      store.records('r').put('k', { a: 2 });
      assert.deepEqual([reader.list('v1', 'Pod').length, reader.resourceVersion(), reader.records('r').get('k')], [2, '2', { a: 2 }]);
      reader.snapshot(() => {
        assert.equal(reader.list('v1', 'Pod').length, 2);
        store.create(pod('c'));
        assert.equal(reader.list('v1', 'Pod').length, 2);
      });
      assert.throws(() => reader.create(pod('d')), { code: 'STORE_FAILED' });
      reader.close();
      store.close();
      const later = Store.open(`${dir}/store.db`, { readOnly: true });
      assert.equal(later.list('v1', 'Pod').length, 3);
      later.close();
      store = Store.open(`${dir}/store.db`);
    });
    it('of another version is refused', () => {
      store.close();
      const db = new DatabaseSync(`${dir}/store.db`);
      db.exec('PRAGMA user_version = 99');
      db.close();
      assert.throws(() => Store.open(`${dir}/store.db`), { code: 'STORE_VERSION' });
      assert.throws(() => Store.open(`${dir}/store.db`, { readOnly: true }), { code: 'STORE_VERSION' });
      store = Store.open(`${dir}/other.db`);
    });
    it('that is not there or no database is named', () => {
      assert.throws(() => Store.open(`${dir}/no.db`, { readOnly: true }), { code: 'NOT_FOUND' });
      assert.throws(() => Store.open('/dev/null/x.db'), { code: 'STORE_FAILED' });
      writeFileSync(`${dir}/text.db`, 'not a database, but long enough to look at; '.repeat(40));
      assert.throws(() => Store.open(`${dir}/text.db`), { code: 'STORE_FAILED', message: `store ${dir}/text.db: file is not a database` });
    });
  });

  it('records keep order, survive reopening and are frozen', () => {
    const records = store.records<{ n: number }>('sandboxes');
    records.put('b', { n: 2 });
    records.put('a', { n: 1 });
    records.put('c', { n: 3 });
    records.delete('c');
    store.meta.set('boot', 'x');
    store.close();
    store = Store.open(`${dir}/store.db`);
    assert.deepEqual(store.records('sandboxes').all(), [
      ['a', { n: 1 }],
      ['b', { n: 2 }],
    ]);
    assert.deepEqual([store.meta.get('boot'), store.meta.get('none'), store.records('other').all()], ['x', undefined, []]);
  });
});
