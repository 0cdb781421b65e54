/**
 * What a play has to do next: from its object, what the store says, and the time. Pure and level-triggered: asked again after each step,
 * by any engine.
 */
import type { KubeObject, Play, PlayEnding, PlayStatus, Stored } from '../../api/objects.ts';
import { sameJson } from '../../api/json.ts';
import { timeOf } from '../../api/time.ts';
import { type PodProgress, playProgress } from '../play-progress.ts';
import type { Facts, StoredPlay } from './facts.ts';
import { isCancelled } from './queue.ts';
import { cancelledText, outcomeText, stillThereText, timedOutText } from './text.ts';

export const DEFAULT_TIMEOUT_SECONDS = 300;
/** So long after the grace of the last pod, what was deleted should be gone. */
export const ENDING_LIMIT_MS = 120_000;

export type Step =
  /** Its turn has come. */
  | { do: 'enter' }
  /** Ask whether it can be done; then store the objects, or delete those that are to be replaced. */
  | { do: 'check' }
  | { do: 'apply' }
  /** `down`: delete what it names. */
  | { do: 'delete' }
  | { do: 'undo'; why: string; end: 'Failed' | 'Undone' }
  /** Everything that was deleted is gone (or will not go): what is left to do then, and the end. */
  | { do: 'conclude'; phase: Play extends { status?: infer S } ? 'Succeeded' | 'Failed' | 'Undone' : S; message?: string }
  | { do: 'finish'; phase: 'Succeeded' | 'Undone'; pods: PodProgress[]; message?: string }
  /** Tell how far it has come. */
  | { do: 'note'; pods: PodProgress[]; until: number }
  /** Until the store changes; ms since the epoch. */
  | { do: 'wait'; until: number };
