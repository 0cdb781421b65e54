/** Asks the prober, which runs in the node's network; it is started when it is needed and ended when nobody has asked for a while. */
import { PodsteadError } from '../../api/errors.ts';
import type { DialRequest } from '../handler.ts';
import type { DialResult } from './dial.ts';
import type { ProberAnswer, ProberLine } from './prober.ts';

/** As host/spawn.ts starts it. */
export interface ProberProcess {
  send(line: string): void;
  /** Closes its input: it ends, or is killed. */
  close(): void;
}
export type StartProber = (handlers: { onLine: (line: string) => void; onExit: (reason: string) => void }) => ProberProcess;

/** Longer than most periods, so that it is not started for each probe. */
const IDLE_MS = 60_000;
/** It ends each dial by itself at its time; later than this it hangs. */
const GRACE_MS = 2_000;

interface Waiting {
  resolve: (result: DialResult) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

export class Prober {
  readonly #start: StartProber;
  readonly #idleMs: number;
  readonly #graceMs: number;
  readonly #waiting = new Map<string, Waiting>();
  #process: ProberProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;

  constructor(start: StartProber, idleMs = IDLE_MS, graceMs = GRACE_MS) {
    this.#start = start;
    this.#idleMs = idleMs;
    this.#graceMs = graceMs;
  }

  /** Rejects with TOOL_FAILED when the prober dies of something else, or hangs: then nothing is known of what was asked. */
  ask(request: DialRequest): Promise<DialResult> {
    clearTimeout(this.#idle);
    this.#next += 1;
    const id = String(this.#next);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end('it gave no answer'), request.timeoutMs + this.#graceMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#running().send(JSON.stringify({ id, ...request } satisfies ProberLine));
    });
  }

  close(): void {
    this.#end('it was closed');
  }

  #end(reason: string): void {
    clearTimeout(this.#idle);
    const process = this.#process;
    this.#process = undefined;
    process?.close();
    this.#fail(reason);
  }

  #running(): ProberProcess {
    this.#process ??= this.#begin();
    return this.#process;
  }

  #begin(): ProberProcess {
    const begun: ProberProcess = this.#start({
      onLine: (line) => this.#hear(line),
      onExit: (reason) => {
        // an earlier one that was closed has nothing to do with those who wait now
        if (this.#process !== begun) return;
        this.#process = undefined;
        this.#fail(reason);
      },
    });
    return begun;
  }

  #hear(line: string): void {
    const { id, ...result } = JSON.parse(line) as ProberAnswer;
    const asked = this.#waiting.get(id);
    clearTimeout(asked?.timer);
    asked?.resolve(result);
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), this.#idleMs);
    this.#idle.unref();
  }

  #fail(reason: string): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new PodsteadError('TOOL_FAILED', `the prober ended: ${reason}`));
    }
    this.#waiting.clear();
  }
}
