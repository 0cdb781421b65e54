/** The way out of the node's network: when its process is to be started, and what its state means for pods. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasDefaultRoute } from '../host/default-route.ts';
import { readIfExists } from '../host/files.ts';
import { readRef } from '../host/process.ts';

export interface EgressState {
  /** Does its process live? Without a default route it is one that waits for it: pasta would end at once. */
  alive: boolean;
  /** Does it, or did it, only wait for a default route? */
  waiting: boolean;
  hasDefaultRoute: boolean;
  /** ms since the epoch; absent when it was never started. */
  startedAt?: number;
  /** Ends in a row, each soon after its start. */
  failures: number;
  /** Are there pods with a network of their own? Without any nothing needs to go out. */
  needed: boolean;
  /** Neither pasta nor slirp4netns is installed, or /dev/net/tun is closed to us: text for the user. */
  unable?: string;
  now: number;
}

export type EgressPlan =
  | { do: 'nothing'; why: string }
  | { do: 'start'; why: string }
  /** Look again at `at`, ms since the epoch. */
  | { do: 'wait'; at: number; why: string };

/** One that lived so long had worked: its end begins a new count. */
export const SETTLED_MS = 2_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** How many ends in a row there were, when it has just ended once more. */
export const countFailure = (failures: number, startedAt: number, endedAt: number): number =>
  endedAt - startedAt >= SETTLED_MS ? 1 : failures + 1;

/** The first end is made good at once: open connections are lost anyway, new ones should work within two seconds. */
export const retryDelay = (failures: number): number => (failures <= 1 ? 0 : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 2)));

export const egressPlan = (state: EgressState): EgressPlan => {
  const came = state.waiting && state.hasDefaultRoute;
  if (state.alive && !came) return { do: 'nothing', why: state.waiting ? 'it waits for a default route' : 'it runs' };
  if (state.unable !== undefined) return { do: 'nothing', why: state.unable };
  if (!state.needed) return { do: 'nothing', why: 'no pod needs it' };
  if (came) return { do: 'start', why: 'a default route has come' };
  if (state.startedAt === undefined) return { do: 'start', why: 'never started' };
  const at = state.startedAt + retryDelay(state.failures);
  return at <= state.now
    ? { do: 'start', why: `it ended, ${state.failures} in a row` }
    : { do: 'wait', at, why: `it ended, ${state.failures} in a row` };
};

/** `pasta`, `slirp4netns`, or why there is none. */
export type EgressKind = { kind: string } | { none: string };

const NO_ROUTE = 'this machine has no default route';
const NOT_STARTED = 'not started yet';

/** Text of the state file: `pasta`, or `none: this machine has no default route`. */
export const parseEgress = (text: string): EgressKind => {
  const [, none] = /^none: (.*)/.exec(text) ?? [];
  return none === undefined ? { kind: text.trim() } : { none };
};

/** What the holder's scripts left in paths.net. */
export const readEgress = async (net: string): Promise<EgressKind> => {
  const state = await readIfExists(join(net, 'egress'));
  return state === undefined ? { none: NOT_STARTED } : parseEgress(state.toString());
};

/** Why pods cannot reach the outside, as far as it is known: text for the user. */
export const egressTrouble = (found: EgressKind): string | undefined => {
  if (!('none' in found) || found.none === NOT_STARTED) return undefined;
  return found.none === NO_ROUTE ? `${NO_ROUTE} (once there is one they can)` : `${found.none} (podstead doctor says more)`;
};

/** Of what nft said when it was to hide pods behind this machine's address: it says nothing when all went well. */
export const masqueradeTrouble = (said: string): string | undefined => {
  const last = said.trim().split('\n').at(-1) ?? '';
  if (last === '') return undefined;
  return /nft: (not found|No such file)/i.test(last) ? 'nft is not installed (sudo apt-get install nftables)' : `nft failed: ${last}`;
};

/** As egressTrouble, of all that the holder's scripts left in paths.net. */
export const readTrouble = async (net: string): Promise<string | undefined> => {
  const [egress, nft] = await Promise.all([readEgress(net), readIfExists(join(net, 'nft.err'))]);
  return egressTrouble(egress) ?? masqueradeTrouble(nft?.toString() ?? '');
};

/** What of it is true now. */
export const observeEgress = async (net: string): Promise<Pick<EgressState, 'alive' | 'waiting' | 'hasDefaultRoute' | 'unable'>> => {
  const [found, routes] = await Promise.all([readEgress(net), readFile('/proc/net/route', 'utf8').catch(() => '')]);
  const none = 'none' in found ? found.none : undefined;
  return {
    alive: readRef(join(net, 'egress.pid')) !== undefined,
    waiting: none === NO_ROUTE,
    hasDefaultRoute: hasDefaultRoute(routes),
    ...(none !== undefined && none !== NO_ROUTE && none !== NOT_STARTED && { unable: none }),
  };
};
