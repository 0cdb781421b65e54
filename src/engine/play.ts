/**
 * Plays, one at a time, each to its end or its undo. Everything that is known of a play is in its object, so an engine that is killed
 * loses nothing: the next one asks nextStep and goes on.
 */
import { withDefaults } from '../api/defaults.ts';
import { isCode } from '../api/errors.ts';
import { sameJson } from '../api/json.ts';
import type { KubeObject, PlayFault } from '../api/objects.ts';
import { microTimeText } from '../api/time.ts';
import type { Finding } from '../preflight/finding.ts';
import type { Store } from '../store/store.ts';
import { apply, clear, faultsOf, rehearse, replaced, takeDown } from './play/begin.ts';
import { factsOf, type StoredPlay } from './play/facts.ts';
import { isCancelled, nextPlay } from './play/queue.ts';
import { type Hold, type PlayWorld, writeEnd, writeStatus } from './play/status.ts';
import { nextStep, outcomeOf, type Step } from './play/step.ts';
import { errorText, faultsText } from './play/text.ts';
import { remake, undo } from './play/undo.ts';
import type { Registry } from './registry.ts';

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
const LONGEST_PAUSE_MS = 20;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class PlayRunner {
  readonly #world: PlayWorld;
  readonly #options: PlayRunnerOptions;
  #state: 'idle' | 'called' | 'looking' = 'idle';
  #again = false;
  #closed = false;
  #underWay = false;
  #nextDue: number | undefined;
  #call: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #notedAt = 0;
  #lookedAt = 0;
  #pauseMs = 0;
  #rested: (() => void)[] = [];

  constructor(options: PlayRunnerOptions) {
    this.#options = options;
    const { store, registry, hold } = options;
    this.#world = { store, registry, hold, now: options.now ?? (() => new Date()) };
  }

  /** A play is under way or waits for its turn. */
  get inFlight(): boolean {
    return this.#underWay || this.#state !== 'idle';
  }

  /** When it has to look again though nothing changes, ms since the epoch. It does so by itself while it lives. */
  get nextDue(): number | undefined {
    return this.#nextDue;
  }

  /** To be called at the start and after every change of the store. Returns at once; many calls are one look. */
  touch(): void {
    if (this.#closed) return;
    if (this.#state === 'looking') this.#again = true;
    if (this.#state === 'idle') this.#callLook(this.#pauseMs - (performance.now() - this.#lookedAt));
  }

  /** Resolves when it waits for the world. */
  rest(): Promise<void> {
    if (this.#state === 'idle') return Promise.resolve();
    return new Promise((resolve) => this.#rested.push(resolve));
  }

  /** Nothing is begun any more. Resolves when nothing is under way; plays go on with the next runner. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#alarm);
    if (this.#state === 'called') {
      clearTimeout(this.#call as NodeJS.Timeout);
      clearImmediate(this.#call as NodeJS.Immediate);
      this.#restNow();
    }
    await this.rest();
  }

  #callLook(inMs: number): void {
    clearTimeout(this.#alarm);
    this.#state = 'called';
    const look = () => void this.#look();
    this.#call = inMs > 1 ? setTimeout(look, inMs) : setImmediate(look);
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    this.#state = 'looking';
    this.#again = false;
    let due: number | undefined;
    try {
      due = await this.#advance();
    } catch (error) {
      if (!this.#closed) this.#options.onError?.(error);
      due = this.#now() + RETRY_MS;
    }
    this.#lookedAt = performance.now();
    this.#restNow();
    this.#setDue(due);
  }

  #restNow(): void {
    this.#state = 'idle';
    if (this.#again && !this.#closed) this.#callLook(this.#pauseMs);
    else for (const resolve of this.#rested.splice(0)) resolve();
  }

  #setDue(due: number | undefined): void {
    const changed = due !== this.#nextDue;
    this.#nextDue = due;
    if (this.#state === 'idle' && due !== undefined && !this.#closed) {
      clearTimeout(this.#alarm);
      this.#alarm = setTimeout(() => this.touch(), Math.min(Math.max(1, due - this.#now()), LONGEST_TIMER_MS)).unref();
    }
    if (changed) this.#options.onBusy?.();
  }

  /** Step after step until there is one that waits: answers until when, or with nothing when there is no play to be done. */
  async #advance(): Promise<number | undefined> {
    while (!this.#closed) {
      const began = performance.now();
      const play = nextPlay(this.#world.store.list<StoredPlay>('podstead.dev/v1', 'Play'));
      if ((play !== undefined) !== this.#underWay) {
        this.#underWay = play !== undefined;
        this.#options.onBusy?.();
      }
      if (!play) return undefined;
      const step = await this.#advancePlay(play);
      if (step?.do !== 'wait') continue;
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, PAUSE_PER_LOOK * (performance.now() - began));
      return this.#note(play, step);
    }
    return undefined;
  }

  /** A play that cannot go on, whatever the reason, must not stand in the way of the others. */
  async #advancePlay(play: StoredPlay): Promise<Step | undefined> {
    let step: Step | undefined;
    try {
      step = nextStep(play, factsOf(this.#world.store), this.#now());
      await this.#perform(play, step);
      return step;
    } catch (error) {
      const begins = step?.do === 'check' || step?.do === 'apply' || step?.do === 'delete';
      if (this.#closed || (isCode(error, 'STORE_FAILED') && !begins)) throw error;
      this.#options.onError?.(error);
      this.#giveUp(play, step, error);
      return undefined;
    }
  }

  async #perform(play: StoredPlay, step: Step): Promise<void> {
    const world = this.#world;
    switch (step.do) {
      case 'wait':
        return;
      case 'enter':
        return this.#write(() => writeStatus(world, play, { phase: 'Running', startedAt: microTimeText(world.now()) }));
      case 'check':
        return this.#check(play);
      case 'apply':
        return this.#apply(play);
      case 'delete':
        return takeDown(world, play);
      case 'undo':
        return world.store.transaction(() => undo(world, play, step));
      case 'conclude':
        return this.#conclude(play, step.failures);
      case 'finish': {
        const { phase, pods, message } = step;
        return this.#write(() => writeEnd(world, play, { phase, pods, ...(message === undefined ? {} : { message }) }));
      }
    }
  }

  async #check(play: StoredPlay): Promise<void> {
    const world = this.#world;
    const faults = await this.#faults(play);
    // Much may have happened meanwhile.
    const now = world.store.byUid<StoredPlay>(play.metadata.uid);
    if (this.#closed || !now || isCancelled(now)) return;
    if (faults.length > 0) return this.#write(() => writeEnd(world, now, { phase: 'Failed', faults, message: faultsText(faults) }));
    const old = replaced(world, now);
    if (old.length > 0) clear(world, now, old);
    else this.#apply(now);
  }

  async #faults(play: StoredPlay): Promise<PlayFault[]> {
    const old = replaced(this.#world, play);
    // Without them the registry decides when it stores the objects, before anything else is done.
    const refused = old.length > 0 ? rehearse(this.#world, play, old) : [];
    if (refused.length > 0) return refused;
    try {
      const findings = await this.#options.preflight(play.spec.objects.map(withDefaults), play);
      return findings.map(({ index, object, field, message }) => ({ index, object, field, message }));
    } catch (error) {
      // Objects that nobody has checked can be so wrong that they cannot be looked at.
      const wrong = rehearse(this.#world, play, old);
      if (wrong.length > 0) return wrong;
      throw error;
    }
  }

  #apply(play: StoredPlay): void {
    const world = this.#world;
    try {
      apply(world, play);
      this.#notedAt = this.#now();
    } catch (error) {
      const faults = faultsOf(error, play);
      const message = faultsText(faults);
      world.store.transaction(() => {
        if ((play.status?.undo ?? []).length > 0) undo(world, play, { why: message, end: 'Failed' });
        else writeEnd(world, play, { phase: 'Failed', faults, message });
      });
    }
  }

  async #conclude(play: StoredPlay, failures: readonly string[]): Promise<void> {
    const world = this.#world;
    const unremoved: string[] = [];
    for (const uid of play.status?.claims ?? []) {
      if (world.store.byUid(uid)) continue;
      await this.#options.removeClaim(uid).catch((error: unknown) => unremoved.push(`data of claim ${uid}: ${errorText(error)}`));
    }
    if (this.#closed) return;
    this.#write(() => {
      const unmade = play.status?.phase === 'Undoing' ? remake(world, play) : [];
      writeEnd(world, play, outcomeOf(play, [...failures, ...unremoved, ...unmade]));
    });
  }

  #giveUp({ metadata: { uid } }: StoredPlay, step: Step | undefined, error: unknown): void {
    const world = this.#world;
    const ends = step?.do === 'undo' || step?.do === 'conclude';
    world.store.transaction(() => {
      const play = world.store.byUid<StoredPlay>(uid);
      if (!play) return;
      if (!ends && (play.status?.undo ?? []).length > 0) undo(world, play, { why: errorText(error), end: 'Failed' });
      else writeEnd(world, play, { phase: 'Failed', message: [play.status?.message, errorText(error)].filter(Boolean).join('\n') });
    });
  }

  /** Shows how far it has come; answers when to look again. */
  #note(play: StoredPlay, { pods, until }: Extract<Step, { do: 'wait' }>): number {
    if (sameJson(pods, play.status?.pods)) return until;
    const now = this.#now();
    if (now < this.#notedAt + NOTE_EVERY_MS) return Math.min(until, this.#notedAt + NOTE_EVERY_MS);
    this.#notedAt = now;
    this.#write(() => writeStatus(this.#world, play, { pods }));
    return until;
  }

  /** After a power cut it would be found out again. */
  #write(fn: () => void): void {
    this.#world.store.transaction(fn, { durable: false });
  }

  #now(): number {
    return this.#world.now().getTime();
  }
}
