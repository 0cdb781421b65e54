/** Brings back the node network's services when they died: the way out and the names. Thin: when is decided by egress.ts. */
import { join } from 'node:path';
import { readRef } from '../host/process.ts';
import type { WorkerPool } from '../host/worker.ts';
import { countFailure, egressPlan, observeEgress } from '../network/egress.ts';

const JOB_MS = 10_000;
const LOOK_MS = 1_000;

export interface NetworkCareOptions {
  /** paths.net */
  directory: string;
  pool: WorkerPool;
  /** Are there pods with a network of their own? */
  needed(): boolean;
  now(): number;
}

export class NetworkCare {
  readonly #options: NetworkCareOptions;
  #startedAt: number | undefined;
  #failures = 0;
  #wasAlive = false;
  #timer: NodeJS.Timeout | undefined;
  #working = false;

  constructor(options: NetworkCareOptions) {
    this.#options = options;
  }

  /** Looks now, and every second as long as the engine is awake. */
  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
    this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    if (this.#working) return;
    this.#working = true;
    this.#look()
      .catch((error: unknown) => process.stderr.write(`network: ${error instanceof Error ? error.message : String(error)}\n`))
      .finally(() => {
        this.#working = false;
      });
  }

  async #look(): Promise<void> {
    const { directory, pool, now, needed } = this.#options;
    if (readRef(join(directory, 'dns.pid')) === undefined) await pool.job('dns >/dev/null 2>&1', { timeoutMs: JOB_MS });
    const observed = await observeEgress(directory);
    if (!observed.alive && this.#wasAlive) this.#failures = countFailure(this.#failures, this.#startedAt ?? 0, now());
    this.#wasAlive = observed.alive;
    const plan = egressPlan({
      ...observed,
      failures: this.#failures,
      needed: needed(),
      now: now(),
      ...(this.#startedAt !== undefined && { startedAt: this.#startedAt }),
    });
    if (plan.do !== 'start') return;
    this.#startedAt = now();
    await pool.job('{ masquerade; egress; } >/dev/null 2>&1', { timeoutMs: JOB_MS });
  }
}
