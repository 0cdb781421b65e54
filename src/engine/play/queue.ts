/** Which play has its turn. Pure. */
import type { StoredPlay } from './facts.ts';

/** Finished plays that are kept. */
export const KEPT_PLAYS = 20;

export const phaseOf = (play: StoredPlay) => play.status?.phase ?? 'Queued';
export const isOver = (play: StoredPlay): boolean => ['Succeeded', 'Failed', 'Undone'].includes(phaseOf(play));
const isUnderWay = (play: StoredPlay): boolean => phaseOf(play) === 'Running' || phaseOf(play) === 'Undoing';
/** Called off, or its object is being deleted: never half a play. Nobody has checked that there is a spec. */
export const isCancelled = (play: StoredPlay): boolean => play.spec?.cancel === true || play.metadata.deletionTimestamp !== undefined;

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
/** Nothing is written to a play that waits, so its resourceVersion says when it came. */
const oldestFirst = (a: StoredPlay, b: StoredPlay): number =>
  compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
  Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion) ||
  compare(a.metadata.name, b.metadata.name);

/** What was called off before its turn goes first: it costs nothing and somebody waits for the answer. */
export const nextPlay = (plays: readonly StoredPlay[]): StoredPlay | undefined => {
  const waiting = plays.filter((play) => phaseOf(play) === 'Queued').sort(oldestFirst);
  return waiting.find(isCancelled) ?? plays.find(isUnderWay) ?? waiting[0];
};

/** Finished plays beyond the last ones. */
export const outdated = (plays: readonly StoredPlay[]): StoredPlay[] =>
  plays
    .filter(isOver)
    .sort((a, b) => compare(b.status?.finishedAt ?? '', a.status?.finishedAt ?? '') || oldestFirst(b, a))
    .slice(KEPT_PLAYS);
