/** What an engine left behind that died between a deletion and what follows from it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PersistentVolumeClaim } from '../api/objects.ts';
import { reclaimPolicy } from '../controllers/claim.ts';
import { removeTree } from '../host/files.ts';
import type { Store } from '../store/store.ts';

/** Removes the data of claims that are gone and did not ask to keep it, and marks of objects that are gone. Can be repeated. */
export async function sweep(store: Store, volumes: string): Promise<void> {
  const holds = store.records<boolean>('hold');
  for (const [uid] of holds.all()) if (!store.byUid(uid)) holds.delete(uid);
  const left = (await readdir(volumes).catch(() => [])).filter((uid) => !store.byUid(uid));
  if (left.length === 0) return;
  // data of which nothing is known any more is the user's
  const kept = new Set(left);
  for (const { type, object } of store.changesSince(store.meta.get('history.floor') ?? '0', 'v1', 'PersistentVolumeClaim'))
    if (type === 'DELETED' && reclaimPolicy(object as unknown as PersistentVolumeClaim) === 'Delete') kept.delete(object.metadata.uid);
  for (const uid of left) if (!kept.has(uid)) await removeTree(join(volumes, uid));
}
