/** Undoing what a play has done: last first, and what cannot be undone does not stop the rest. Call everything inside a transaction. */

import { sameJson } from '../../api/json.ts';
import type { KubeObject, PlayEnding, PlayStatus, PlayUndo, Stored } from '../../api/objects.ts';
import { isApiError } from '../../api/status.ts';
import { microTimeText } from '../../api/time.ts';
import { endNamespaces, endObjects, isClaim, isNamespace } from './ending.ts';
import { placeOf, type StoredPlay } from './facts.ts';
import { formerly } from './former.ts';
import { type PlayWorld, writeStatus } from './status.ts';
import { errorText, nameOf } from './text.ts';

export interface Undoing {
  why: string;
  end: 'Failed' | 'Undone';
  /** How far they had come. */
  pods?: PlayStatus['pods'];
}

/** Deletes what was made, gives back what was changed; what was deleted comes back in `remake`, when the new is gone. */
export function undo(world: PlayWorld, play: StoredPlay, { why, end, pods }: Undoing): void {
  const list = play.status?.undo ?? [];
  const done = list.toReversed();
  const refused = done.flatMap((entry) => giveBack(world, play, entry) ?? []);
  const unwanted = done.filter((entry) => entry.did === 'created' || isReleased(entry)).flatMap(({ uid }) => world.store.byUid(uid) ?? []);
  const uids = new Set(unwanted.map(({ metadata: { uid } }) => uid));
  const things = endObjects(
    world,
    unwanted.filter((object) => !isNamespace(object)),
  );
  const { kept, ...namespaces } = endNamespaces(world, unwanted.filter(isNamespace));
  const inUse = kept.map((object) => `${nameOf(object)}: others have put something into it`);
  writeStatus(world, play, {
    phase: 'Undoing',
    message: why,
    end,
    ...(pods ? { pods } : {}),
    undo: list.map((entry) => (isReleased(entry) && uids.has(entry.uid) ? { ...entry, did: 'deleted' } : entry)),
    failures: [...refused, ...things.failures, ...namespaces.failures, ...inUse],
    ending: merged(play.status?.ending ?? [], things.ending, namespaces.ending),
    endingSince: microTimeText(world.now()),
    claims: unwanted.filter(isClaim).map(({ metadata: { uid } }) => uid),
  });
}

/** Its pods were held and run now: they are not stopped, so it is made anew. */
const isReleased = ({ did, held }: PlayUndo): boolean => held === true && did !== 'deleted';

const merged = (...lists: (readonly PlayEnding[])[]): PlayEnding[] => [...new Map(lists.flat().map((e) => [e.uid, e])).values()];

/** What was changed, as it was. Gone meanwhile: nothing to do. Answers with why it could not be done. */
function giveBack({ store, registry }: PlayWorld, play: StoredPlay, entry: PlayUndo): string | undefined {
  const live = store.byUid(entry.uid);
  const { before } = entry;
  if (!live || !before || entry.did !== 'configured' || isReleased(entry)) return undefined;
  return attempt(live, () => store.transaction(() => registry.settle(formerly(live, before, playedAs(play, live)))));
}

/** What was deleted, made again; answers with what could not be. */
export const remake = (world: PlayWorld, play: StoredPlay): string[] =>
  (play.status?.undo ?? []).flatMap(({ did, before, held }) => {
    if (did !== 'deleted' || !before) return [];
    const failure = attempt(before, () => {
      const made = world.store.transaction(() => world.registry.create(before));
      if (held) world.hold.set(made.metadata.uid);
    });
    return failure ?? [];
  });

const playedAs = (play: StoredPlay, live: Stored): KubeObject | undefined =>
  play.spec.objects.find((object) => sameJson(placeOf(object), placeOf(live)));

const attempt = (object: KubeObject, act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `${nameOf(object)}: ${errorText(error)}`;
  }
};
