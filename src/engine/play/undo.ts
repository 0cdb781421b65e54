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
  const done = (play.status?.undo ?? []).toReversed();
  const refused = done.flatMap((entry) => giveBack(world, play, entry) ?? []);
  const made = done.filter(({ did }) => did === 'created').flatMap(({ uid }) => world.store.byUid(uid) ?? []);
  const things = endObjects(
    world,
    made.filter((object) => !isNamespace(object)),
  );
  const { kept, ...namespaces } = endNamespaces(world, made.filter(isNamespace));
  const inUse = kept.map((object) => `${nameOf(object)}: others have put something into it`);
  writeStatus(world, play, {
    phase: 'Undoing',
    message: why,
    end,
    ...(pods ? { pods } : {}),
    failures: [...refused, ...things.failures, ...namespaces.failures, ...inUse],
    ending: merged(play.status?.ending ?? [], things.ending, namespaces.ending),
    endingSince: microTimeText(world.now()),
    claims: made.filter(isClaim).map(({ metadata: { uid } }) => uid),
  });
}

const merged = (...lists: (readonly PlayEnding[])[]): PlayEnding[] => [...new Map(lists.flat().map((e) => [e.uid, e])).values()];

/** What was changed, as it was. Gone meanwhile: nothing to do. Answers with why it could not be done. */
function giveBack(world: PlayWorld, play: StoredPlay, entry: PlayUndo): string | undefined {
  const live = world.store.byUid(entry.uid);
  if (!live || entry.did === 'created' || entry.did === 'deleted') return undefined;
  return attempt(live, () => {
    world.store.transaction(() => {
      if (entry.held !== undefined) setHold(world, entry.uid, entry.held);
      if (entry.did === 'configured' && entry.before) world.registry.settle(formerly(live, entry.before, playedAs(play, live)));
    });
  });
}

/** What was deleted to be replaced, made again; answers with what could not be. */
export const remake = (world: PlayWorld, play: StoredPlay): string[] =>
  (play.status?.undo ?? []).flatMap(({ did, before, held }) => {
    if (did !== 'deleted' || !before) return [];
    const failure = attempt(before, () => {
      const made = world.store.transaction(() => world.registry.create(before));
      if (held) world.hold.set(made.metadata.uid);
    });
    return failure ?? [];
  });

export const setHold = ({ hold }: PlayWorld, uid: string, held: boolean): void => (held ? hold.set(uid) : hold.clear(uid));

const playedAs = (play: StoredPlay, live: Stored): KubeObject | undefined =>
  play.spec.objects.find((object) => sameJson(placeOf(object), placeOf(live)));

const attempt = (object: KubeObject, act: () => void): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `${nameOf(object)}: ${errorText(error)}`;
  }
};
