/** Looking at objects until something holds. Level-triggered: what is looked at is always everything there is. */
import type { KindInfo } from '../api/kinds.ts';
import type { Stored } from '../api/objects.ts';
import type { Api } from './api.ts';
import type { World } from './world.ts';

export interface FollowOptions {
  /** No limit without it. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal;
  /** Of this one object only, as it is known. */
  readonly only?: Stored;
}

export const TIMED_OUT = Symbol('timed out');

/**
 * Calls `look` with the objects there are, first when all are known and then after each change, until it answers with something.
 * TIMED_OUT when that takes too long or `signal` says stop.
 */
export async function follow<T>(
  api: Api,
  kind: KindInfo,
  namespace: string | undefined,
  look: (objects: readonly Stored[]) => T | undefined,
  options: FollowOptions = {},
): Promise<T | typeof TIMED_OUT> {
  const stop = new AbortController();
  const limit = options.timeoutMs;
  const timer = limit === undefined ? undefined : setTimeout(() => stop.abort(), Math.min(limit, 2 ** 31 - 1));
  const stopToo = () => stop.abort();
  options.signal?.addEventListener('abort', stopToo);
  const objects = new Map<string, Stored>();
  let listed = false;
  try {
    for await (const event of api.watch(kind, namespace, stop.signal, options.only)) {
      if (event === 'listed') listed = true;
      else if (event.type === 'DELETED') objects.delete(event.object.metadata.uid);
      else objects.set(event.object.metadata.uid, event.object);
      const answer = listed ? look([...objects.values()]) : undefined;
      if (answer !== undefined) return answer;
    }
    return TIMED_OUT;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stopToo);
    stop.abort();
  }
}

/** The same, but what is stored may be the answer already: then the engine is not asked. With a limit of 0 it is only looked once. */
export async function lookThenFollow<T>(
  world: World,
  kind: KindInfo,
  namespace: string | undefined,
  look: (objects: readonly Stored[]) => T | undefined,
  options: FollowOptions = {},
): Promise<T | typeof TIMED_OUT> {
  const answer = look(await (await world.reader([kind])).list(kind, namespace));
  if (answer !== undefined) return answer;
  return options.timeoutMs === 0 ? TIMED_OUT : follow(await world.api(), kind, namespace, look, options);
}
