/** A list that is kept true: what is there, then every change, over engines that come and go. */
import type { Stored } from '../api/objects.ts';
import { isApiError } from '../api/status.ts';
import type { Client } from './client.ts';

export interface FollowEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: T;
}

interface List<T> {
  metadata: { resourceVersion: string };
  items: T[];
}

const versionOf = (object: Stored) => object.metadata.resourceVersion;

/** What a new list says that was not known: pure. */
export const differences = <T extends Stored>(known: ReadonlyMap<string, T>, items: readonly T[]): FollowEvent<T>[] => {
  const now = new Set(items.map((item) => item.metadata.uid));
  const gone = [...known.values()].filter((item) => !now.has(item.metadata.uid)).map((object) => ({ type: 'DELETED' as const, object }));
  const changed = items.flatMap((object) => {
    const before = known.get(object.metadata.uid);
    if (before && versionOf(before) === versionOf(object)) return [];
    return [{ type: before ? ('MODIFIED' as const) : ('ADDED' as const), object }];
  });
  return [...gone, ...changed];
};

/**
 * Everything there is as ADDED, then `listed`, then every change until `signal` says stop. `path` is a collection, with selectors if
 * wanted. After an interruption longer than the history, the changes come as differences. Throws as Client.request does.
 * `all`: everything there is, as far as it is known already; then nothing is listed.
 */
export async function* follow<T extends Stored = Stored>(
  client: Client,
  path: string,
  signal: AbortSignal,
  all?: T,
): AsyncGenerator<FollowEvent<T> | 'listed'> {
  const known = new Map<string, T>();
  let since: string | undefined;
  let told = false;
  const note = (event: FollowEvent<T>): FollowEvent<T> => {
    if (event.type === 'DELETED') known.delete(event.object.metadata.uid);
    else known.set(event.object.metadata.uid, event.object);
    return event;
  };
  if (all) {
    yield note({ type: 'ADDED', object: all });
    yield 'listed';
    since = versionOf(all);
    told = true;
  }
  while (!signal.aborted) {
    try {
      if (since === undefined) {
        const list: List<T> = await client.request<List<T>>('GET', path, undefined, { signal });
        for (const event of differences(known, list.items)) yield note(event);
        since = list.metadata.resourceVersion;
        if (!told) yield 'listed';
        told = true;
      }
      const from = `${path}${path.includes('?') ? '&' : '?'}resourceVersion=${since}`;
      for await (const { type, object } of client.events<T>(from, signal)) {
        since = versionOf(object);
        if (type !== 'BOOKMARK') yield note({ type, object });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isApiError(error, 'Expired')) throw error;
      since = undefined;
    }
  }
}
