import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweep } from '../../src/engine/sweep.ts';
import { keyOf, Store } from '../../src/store/store.ts';

const claim = (name: string, annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default', annotations },
});

describe('sweep', () => {
  it('data of deleted claims goes, unless it was to be kept or nobody knows whose it is; marks of what is gone go', async () => {
    const volumes = mkdtempSync(join(tmpdir(), 'p-sweep-'));
    const store = Store.open(':memory:');
    try {
      const [stays, goes, kept] = [claim('stays'), claim('goes'), claim('kept', { 'podstead.dev/reclaim-policy': 'Retain' })].map((c) =>
        store.create(c),
      );
      assert.ok(stays && goes && kept);
      for (const { metadata } of [stays, goes, kept]) mkdirSync(join(volumes, metadata.uid, 'file'), { recursive: true });
      mkdirSync(join(volumes, 'nobody'));
      store.remove(keyOf(goes));
      store.remove(keyOf(kept));
      const holds = store.records<boolean>('hold');
      holds.put(stays.metadata.uid, true);
      holds.put(goes.metadata.uid, true);
      for (const _ of [1, 2]) {
        await sweep(store, volumes);
        assert.deepEqual(readdirSync(volumes).sort(), [stays.metadata.uid, kept.metadata.uid, 'nobody'].sort());
        assert.deepEqual(holds.all(), [[stays.metadata.uid, true]]);
      }
    } finally {
      store.close();
      rmSync(volumes, { recursive: true });
    }
  });
});
