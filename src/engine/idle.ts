/** When the engine may end itself. Pure. */

/** Work further away than this is left to the holder's timer. */
export const AWAKE_HORIZON_MS = 30_000;
/** So long after the last activity, or a script's next command would have to start the engine again. */
export const LINGER_MS = 3_000;

export interface Activity {
  now: number;
  /** Last request, sync or event, in ms since the epoch. */
  lastActivity: number;
  /** Requests and watches that are open. */
  openRequests: number;
  /** Syncs, starts, kills, pulls and plays that are under way. */
  inFlight: number;
  /** The next moment at which something has to be done, ms since the epoch. */
  nextDue: number | undefined;
  /** Does anything of a pod exist on this machine: a sandbox, a container? */
  holding: boolean;
}

export type Rest =
  | { rest: 'awake'; lookAgainMs: number }
  /** End the engine; wake it in so many seconds, or only by an event. */
  | { rest: 'sleep'; wakeInSeconds?: number }
  /** Nothing runs and nothing is due: the holder may end as well. */
  | { rest: 'exit' };

export function decideRest(a: Activity): Rest {
  if (a.openRequests > 0 || a.inFlight > 0) return { rest: 'awake', lookAgainMs: LINGER_MS };
  if (a.nextDue !== undefined && a.nextDue - a.now <= AWAKE_HORIZON_MS) {
    return { rest: 'awake', lookAgainMs: Math.max(LINGER_MS, a.nextDue - a.now) };
  }
  const quietFor = a.now - a.lastActivity;
  if (quietFor < LINGER_MS) return { rest: 'awake', lookAgainMs: LINGER_MS - quietFor };
  if (a.nextDue !== undefined) return { rest: 'sleep', wakeInSeconds: Math.max(1, Math.floor((a.nextDue - a.now) / 1000)) };
  return a.holding ? { rest: 'sleep' } : { rest: 'exit' };
}
