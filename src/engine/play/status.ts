/** Writing what has become of a play. Everything here is called inside one transaction of the store. */
import type { KubeObject, PlayStatus } from '../../api/objects.ts';
import { microTimeText } from '../../api/time.ts';
import { keyOf, type Store } from '../../store/store.ts';
import type { Registry } from '../registry.ts';
import type { StoredPlay } from './facts.ts';
import { outdated } from './queue.ts';

/** The pods of these objects (by uid) are not started. Kept in the store: its changes belong to the transaction they are made in. */
export interface Hold {
  has(uid: string): boolean;
  set(uid: string): void;
  clear(uid: string): void;
}

export interface PlayWorld {
  store: Store;
  registry: Registry;
  hold: Hold;
  now(): Date;
}

/** Keeps a Play under way from being deleted before it is done or undone. */
export const FINALIZER = 'podstead.dev/play';
export const EMPTY: PlayStatus = { phase: 'Queued', results: [], pods: [], undo: [] };

const OVER = new Set<PlayStatus['phase']>(['Succeeded', 'Failed', 'Undone']);

/** A finished play is kept for a look at it: not at what is secret in it. */
const withoutSecrets = (object: KubeObject): KubeObject => {
  if (object.kind !== 'Secret') return object;
  const { data: _, stringData: __, ...rest } = object;
  return rest as KubeObject;
};

/** Nothing happens when the Play is gone, or another one has its name. */
export function writeStatus(world: PlayWorld, play: StoredPlay, change: Partial<PlayStatus>): void {
  const live = world.store.byUid<StoredPlay>(play.metadata.uid);
  if (!live) return;
  const status = { ...EMPTY, ...live.status, ...change };
  const { finalizers = [], ...metadata } = live.metadata;
  const others = finalizers.filter((f) => f !== FINALIZER);
  const over = OVER.has(status.phase);
  const own = over ? others : [...others, FINALIZER];
  const objects = live.spec?.objects;
  const spec = over && Array.isArray(objects) ? { ...live.spec, objects: objects.map(withoutSecrets) } : live.spec;
  world.registry.settle({ ...live, spec, metadata: own.length > 0 ? { ...metadata, finalizers: own } : metadata, status });
}

/** The end: what was only needed on the way goes, and so do the oldest finished plays. */
export function writeEnd(world: PlayWorld, play: StoredPlay, change: Partial<PlayStatus> & Pick<PlayStatus, 'phase'>): void {
  const done = {
    undo: [],
    applied: undefined,
    ending: undefined,
    endingSince: undefined,
    claims: undefined,
    end: undefined,
    failures: undefined,
  };
  writeStatus(world, play, { ...done, finishedAt: microTimeText(world.now()), ...change });
  for (const old of outdated(world.store.list<StoredPlay>('podstead.dev/v1', 'Play'))) world.store.remove(keyOf(old));
}
