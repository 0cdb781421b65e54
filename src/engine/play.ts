/**
 * Plays, one at a time, each to its end or its undo. Everything that is known of a play is in its object, so an engine that is killed
 * loses nothing: the next one asks nextStep and goes on.
 */
import { withDefaults } from '../api/defaults.ts';
import { isCode } from '../api/errors.ts';
import { sameJson } from '../api/json.ts';
import type { KubeObject, PlayFault, PlayStatus } from '../api/objects.ts';
import { microTimeText } from '../api/time.ts';
import type { Finding } from '../preflight/finding.ts';
import type { Store } from '../store/store.ts';
import { apply, clear, faultsOf, rehearse, replaced, takeDown } from './play/begin.ts';
import { factsOf, type StoredPlay } from './play/facts.ts';
import { nextPlay } from './play/queue.ts';
import { type Hold, type PlayWorld, writeEnd, writeStatus } from './play/status.ts';
import { nextStep, type Step } from './play/step.ts';
import { errorText, faultsText } from './play/text.ts';
import { remake, undo } from './play/undo.ts';
import { ApplyError, type Registry } from './registry.ts';

export type { Hold } from './play/status.ts';

export interface PlayRunnerOptions {
  store: Store;
  registry: Registry;
  now?: () => Date;
  /** What stands in the way; `objects` have their defaults. Nothing is touched when there is anything. */
  preflight(objects: readonly KubeObject[], play: StoredPlay): Promise<readonly Finding[]>;
  hold: Hold;
  /** Removes the data of a claim that is gone (by uid); nothing happens when there is none. */
  removeClaim(uid: string): Promise<void>;
  /** Called when `inFlight` or `nextDue` has changed. */
  onBusy?: () => void;
  /** What went wrong and is tried again: a full disk. */
  onError?: (error: unknown) => void;
}

/** Progress is for people: not more often. */
const NOTE_EVERY_MS = 250;
const RETRY_MS = 1_000;
/** Part of the time that looking may take while much happens. */
const PAUSE_PER_LOOK = 3;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Awaited = { until: number } | 'nothing';
