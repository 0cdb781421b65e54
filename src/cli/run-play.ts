/** One Play from its creation to its end: the engine does it, here it is watched, shown, and called off. */
import { PodsteadError } from '../api/errors.ts';
import type { Fault, Position } from '../api/fault.ts';
import { kindOf } from '../api/kinds.ts';
import type { Play, PlayFault, PlaySpec, Stored } from '../api/objects.ts';
import type { Api } from './api.ts';
import type { Context } from './context.ts';
import { createPlay } from './create-play.ts';
import { ManifestFaults } from './faults.ts';
import { follow } from './follow.ts';
import { LiveLines } from './live-lines.ts';
import { isOver, progressLines } from './play-text.ts';

const playKind = kindOf('podstead.dev/v1', 'Play') as NonNullable<ReturnType<typeof kindOf>>;

/**
 * The finished Play. SIGINT and SIGTERM ask the engine to undo it. Throws PLAY_FAILED when it failed or was undone, and INVALID_MANIFEST
 * when the engine found faults in the objects and touched nothing; `place` says where a field stands.
 */
export async function runPlay(context: Context, spec: PlaySpec, quiet: boolean, place: Place = () => undefined): Promise<Play> {
  const api = await context.world.api();
  const created = await createPlay(api, spec);
  const lines = new LiveLines(context.err);
  const cancelling: Promise<unknown>[] = [];
  const release = context.onInterrupt(() => {
    cancelling.push(cancel(api, created.metadata.name).catch(() => undefined));
  });
  try {
    const play = await watchPlay(api, created, (seen) => {
      if (!quiet) lines.show(progressLines(seen, context.err.columns));
    });
    lines.clear();
    if (play.status?.phase === 'Succeeded') return play;
    if (play.status?.faults?.length) throw new ManifestFaults(play.status.faults.map((fault) => asFault(fault, place)));
    throw failed(play, cancelling.length > 0);
  } finally {
    release();
    await Promise.all(cancelling);
  }
}

/** Of a field of an object of the play. */
export type Place = (index: number, field: string) => Position | undefined;

function asFault({ index, object, field, message }: PlayFault, place: Place): Fault {
  const position = index === undefined ? undefined : place(index, field);
  if (position) return { reason: 'Preflight', field, message, position };
  return { reason: 'Preflight', field: '', message: `${object}: ${field === '' ? '' : `${field}: `}${message}` };
}

const cancel = (api: Api, name: string): Promise<Stored> => api.patch(playKind, '', name, { spec: { cancel: true } });

async function watchPlay(api: Api, created: Play, show: (play: Play) => void): Promise<Play> {
  const { uid, name } = created.metadata;
  const overdue = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const look = (objects: readonly Stored[]) => {
    const play = objects.find((object) => object.metadata.uid === uid) as unknown as Play | undefined;
    if (!play) throw new PodsteadError('PLAY_FAILED', `play ${name} was deleted before its end`);
    if (isOver(play)) return play;
    show(play);
    clearTimeout(timer);
    const left = msUntilOverdue(play, Date.now());
    timer = left === undefined ? undefined : setTimeout(() => overdue.abort(), left);
    return undefined;
  };
  const options = { only: created as unknown as Stored, signal: overdue.signal };
  const outcome = await follow(api, playKind, undefined, look, options).finally(() => clearTimeout(timer));
  if (typeof outcome === 'symbol')
    throw new PodsteadError(
      'ENGINE_UNREACHABLE',
      `nothing more was heard of play ${name}: its time is over, and the engine does not say so`,
      {
        remedy: `look for a full disk; podstead get plays ${name} shows how it ended`,
      },
    );
  return outcome;
}

/** The engine ends a play in time, unless it cannot write (a full disk): then nobody would ever hear of it. */
const OVERDUE_MS = 15_000;

function msUntilOverdue({ spec, status }: Play, now: number): number | undefined {
  if (spec.mode !== 'play' || status?.phase !== 'Running' || status.startedAt === undefined || spec.timeoutSeconds === undefined)
    return undefined;
  return Math.min(2 ** 31 - 1, Math.max(0, Date.parse(status.startedAt) + spec.timeoutSeconds * 1_000 - now) + OVERDUE_MS);
}

function failed(play: Play, cancelled: boolean): PodsteadError {
  const why = play.status?.message ?? (cancelled ? 'it was interrupted' : 'it failed');
  const undone = play.status?.phase === 'Undone' ? 'everything it had done is undone' : undefined;
  return new PodsteadError('PLAY_FAILED', undone === undefined ? why : `${why}\n${undone}`);
}
