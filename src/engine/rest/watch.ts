/** A watch: one JSON line an event, from now or from a resourceVersion on. */
import type { KubeObject, Stored } from '../../api/objects.ts';
import { toApiError } from '../../api/status.ts';
import type { Change, Store } from '../../store/store.ts';
import type { Call } from './call.ts';
import { filterOf, flagOf, secondsOf } from './query.ts';
import type { Target } from './target.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: unknown;
}

/** A client that does not read: it is cut off and has to come back with its resourceVersion. */
const MAX_WAITING = 32 * 1024 * 1024;

/**
 * What a change is for somebody who sees only a part: an object that comes to match is ADDED, one that no longer does is DELETED.
 * A former state that is not kept counts as matching. Pure.
 */
export const eventOf = (change: Change, matches: (object: KubeObject) => boolean): WatchEvent | undefined => {
  const { type, object, before } = change;
  const is = matches(object);
  if (type === 'ADDED') return is ? { type, object } : undefined;
  const was = before === undefined || matches(before);
  if (type === 'DELETED') return was ? { type, object } : undefined;
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  // Its last state for this watcher, but with the version of now: so a watch resumes after it.
  return was
    ? {
        type: 'DELETED',
        object: before ? { ...before, metadata: { ...before.metadata, resourceVersion: object.metadata.resourceVersion } } : object,
      }
    : undefined;
};

const bookmark = ({ info }: Target, resourceVersion: string, initial: boolean): WatchEvent => ({
  type: 'BOOKMARK',
  object: {
    kind: info.kind,
    apiVersion: info.apiVersion,
    metadata: { resourceVersion, creationTimestamp: null, ...(initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) },
  },
});

class Stream {
  readonly #call: Call;
  constructor(call: Call) {
    this.#call = call;
  }

  open(): void {
    this.#call.response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    this.#call.response.flushHeaders();
  }

  send(event: WatchEvent): void {
    const { response } = this.#call;
    if (response.writableEnded || response.destroyed) return;
    response.write(`${JSON.stringify(event)}\n`);
    if (response.writableLength > MAX_WAITING) response.destroy();
  }
}

/** Ends with the client, after timeoutSeconds, or with the server. Throws only before it has begun. */
export const watch = async (call: Call, target: Target, store: Store): Promise<void> => {
  const { query, signal, response } = call;
  const matches = filterOf(query, target.info.kind);
  const { apiVersion, kind } = target.info;
  const isHere = (object: KubeObject) =>
    object.kind === kind &&
    object.apiVersion === apiVersion &&
    (target.namespace === undefined || object.metadata.namespace === target.namespace) &&
    (target.name === undefined || object.metadata.name === target.name);
  const wanted = (object: KubeObject) => isHere(object) && matches(object);
  const timeout = secondsOf(query, 'timeoutSeconds');
  const bookmarks = flagOf(query, 'allowWatchBookmarks');
  const stream = new Stream(call);
  stream.open();

  const from = query.get('resourceVersion') ?? '';
  const initial = from === '' || from === '0' || flagOf(query, 'sendInitialEvents');
  const send = (change: Change) => {
    if (!isHere(change.object)) return;
    const event = eventOf(change, matches);
    if (event) stream.send(event);
  };
  const unsubscribe = store.onChange(send);
  try {
    if (initial) {
      for (const object of store.list<Stored>(apiVersion, kind, target.namespace))
        if (wanted(object)) stream.send({ type: 'ADDED', object });
      if (flagOf(query, 'sendInitialEvents') && bookmarks) stream.send(bookmark(target, store.resourceVersion(), true));
    } else for (const change of store.changesSince(from, apiVersion, kind)) send(change);
    await ended(signal, timeout);
    if (bookmarks && !signal.aborted) stream.send(bookmark(target, store.resourceVersion(), false));
  } catch (error) {
    stream.send({ type: 'ERROR', object: toApiError(error).status });
  } finally {
    unsubscribe();
    response.end();
  }
};

const ended = (signal: AbortSignal, seconds: number | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = seconds === undefined || seconds <= 0 ? undefined : setTimeout(resolve, seconds * 1000);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
