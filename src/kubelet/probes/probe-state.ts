/** One probe of one container instance: when it runs and what its results amount to. Pure; the state is JSON. */
import type { Probe } from '../../api/objects.ts';

export type ProbeType = 'readiness' | 'liveness' | 'startup';

export interface ProbeState {
  type: ProbeType;
  /** ms since the epoch. */
  nextAt: number;
  /** A run is under way since then. */
  runningSince?: number;
  /** Runs in a row that could not even be made. */
  errors: number;
  last?: 'Success' | 'Failure';
  /** Equal results in a row. */
  inRow: number;
  /** What counts: changes only when a threshold is met. */
  result?: 'Success' | 'Failure';
  /** Failed for good: this instance will be ended. */
  held?: boolean;
}

export type ProbeEvent =
  /** `started`: the startup probe has succeeded, or there is none. `ending`: the pod is deleted or the container being ended. */
  | { event: 'look'; started: boolean; ending: boolean }
  /** `error`: it could not be found out. `detail`: for the event, may be empty. */
  | { event: 'result'; outcome: 'success' | 'failure' | 'error'; detail: string };

export interface ProbeStep {
  state: ProbeState;
  /** Start a run now; its result is the next event. */
  run?: true;
  /** The result that counts is another one now. */
  changed?: true;
  /** To be told as an event of reason Unhealthy. */
  unhealthy?: string;
  /** Look again then, in ms since the epoch. Absent: nothing before the next event. */
  nextDue?: number;
}

/** As often as Kubernetes tries a probe that errs, before it waits for the next period. */
const MOST_ERRORS = 3;
/** A run of which nobody hears is given up so long after its own time limit: the engine that began it has died. */
const LOST_AFTER_MS = 2_000;

const seconds = (value: number | undefined, standard: number): number => (value ?? standard) * 1000;
const periodOf = (probe: Probe): number => Math.max(1_000, seconds(probe.periodSeconds, 10));
const thresholdOf = (probe: Probe, result: 'Success' | 'Failure'): number =>
  result === 'Success' ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);

/** `startedAt`: when the container was started. */
export const newProbe = (type: ProbeType, probe: Probe, startedAt: number): ProbeState => ({
  type,
  nextAt: startedAt + seconds(probe.initialDelaySeconds, 0),
  errors: 0,
  inRow: 0,
});

export function probeStep(state: ProbeState, probe: Probe, event: ProbeEvent, now: number): ProbeStep {
  return event.event === 'look' ? look(state, probe, event, now) : take(state, probe, event, now);
}

function look(state: ProbeState, probe: Probe, { started, ending }: ProbeEvent & { event: 'look' }, now: number): ProbeStep {
  const isOver = state.held || (state.type === 'startup' ? started : !started) || (ending && state.type !== 'readiness');
  if (isOver) return { state };
  const lostAt = state.runningSince === undefined ? undefined : state.runningSince + seconds(probe.timeoutSeconds, 1) + LOST_AFTER_MS;
  if (lostAt !== undefined && lostAt > now) return { state, nextDue: lostAt };
  // a clock that was set back must not silence a probe for longer than its period
  const at = Math.min(state.nextAt, now + seconds(probe.initialDelaySeconds, 0) + periodOf(probe));
  if (at > now) return { state: { ...idle(state), nextAt: at }, nextDue: at };
  return { state: { ...state, runningSince: now, nextAt: now + periodOf(probe) }, run: true, nextDue: now + periodOf(probe) };
}

function idle(state: ProbeState): ProbeState {
  const { runningSince: _, ...rest } = state;
  return rest;
}

function take(state: ProbeState, probe: Probe, event: ProbeEvent & { event: 'result' }, now: number): ProbeStep {
  if (state.runningSince === undefined) return { state };
  const title = `${state.type[0]?.toUpperCase()}${state.type.slice(1)} probe`;
  if (event.outcome === 'error') return takeError(state, `${title} errored: ${event.detail}`, now);
  const result = event.outcome === 'success' ? 'Success' : 'Failure';
  const inRow = state.last === result ? state.inRow + 1 : 1;
  const counts = inRow >= thresholdOf(probe, result);
  const held = counts && result === 'Failure' && state.type !== 'readiness';
  const next: ProbeState = {
    ...idle(state),
    errors: 0,
    last: result,
    inRow: held ? 0 : inRow,
    ...(counts && { result }),
    ...(held && { held }),
  };
  return {
    state: next,
    ...(counts && state.result !== result && { changed: true as const }),
    ...(result === 'Failure' && { unhealthy: `${title} failed: ${event.detail}` }),
    ...(!held && { nextDue: Math.max(now, next.nextAt) }),
  };
}

/** Thrown away; tried again at once, but not for ever. */
function takeError(state: ProbeState, unhealthy: string, now: number): ProbeStep {
  const errors = state.errors + 1;
  if (errors < MOST_ERRORS)
    return { state: { ...state, errors, runningSince: now }, run: true, unhealthy, nextDue: Math.max(now, state.nextAt) };
  return { state: { ...idle(state), errors: 0 }, unhealthy, nextDue: Math.max(now, state.nextAt) };
}
