/** Brings back the node network's services when they died: the way out and the names. Thin: when is decided by egress.ts. */
import { join } from 'node:path';
import { readIfExists } from '../host/files.ts';
import { readRef } from '../host/process.ts';
import type { WorkerPool } from '../host/worker.ts';
import { countFailure, egressPlan, observeEgress, retryDelay } from '../network/egress.ts';

const JOB_MS = 10_000;
const LOOK_MS = 1_000;

export interface NetworkCareOptions {
  /** paths.net */
  directory: string;
  pool: Pick<WorkerPool, 'job'>;
  /** Are there pods with a network of their own? */
  needed(): boolean;
  now(): number;
  /** For the engine's log: a line. */
  tell?: (line: string) => void;
}

/** Ends of one service in a row. One that dies at once may never be seen alive: its start counts as well. */
class Attempts {
  startedAt: number | undefined;
  failures = 0;
  #expected = false;

  observe(alive: boolean, now: number): void {
    if (!alive && this.#expected) this.failures = countFailure(this.failures, this.startedAt ?? 0, now);
    this.#expected = alive;
  }

  begin(now: number): void {
    this.startedAt = now;
    this.#expected = true;
  }
}

export class NetworkCare {
  readonly #options: NetworkCareOptions;
  readonly #tell: (line: string) => void;
  readonly #egress = new Attempts();
  readonly #dns = new Attempts();
  #egressDue: number | undefined;
  #dnsDue: number | undefined;
  #dnsTold = false;
  #timer: NodeJS.Timeout | undefined;
  #working = false;

  constructor(options: NetworkCareOptions) {
    this.#options = options;
    this.#tell = options.tell ?? ((line) => void process.stderr.write(`${line}\n`));
  }

  /** When the next start has to be tried, ms since the epoch: nobody else does it. */
  get due(): number | undefined {
    const due = [this.#egressDue, this.#dnsDue].filter((at) => at !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Does no look go on? */
  get idle(): boolean {
    return !this.#working;
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
      .catch((error: unknown) => this.#tell(`network: ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => {
        this.#working = false;
      });
  }

  async #look(): Promise<void> {
    await this.#lookAtDns();
    await this.#lookAtEgress();
  }

  async #lookAtDns(): Promise<void> {
    const { directory, pool, now, needed } = this.#options;
    const alive = readRef(join(directory, 'dns.pid')) !== undefined;
    this.#dns.observe(alive, now());
    const { startedAt, failures } = this.#dns;
    if (alive && startedAt !== undefined && now() - startedAt > LOOK_MS) this.#dnsTold = false;
    this.#dnsDue = undefined;
    if (alive) return;
    if (failures > 1) await this.#tellDns();
    const at = (startedAt ?? 0) + retryDelay(failures);
    if (at > now()) {
      if (needed()) this.#dnsDue = at;
      return;
    }
    this.#dns.begin(now());
    await pool.job('dns >/dev/null 2>&1', { timeoutMs: JOB_MS });
  }

  /** Once, until it works again. */
  async #tellDns(): Promise<void> {
    if (this.#dnsTold) return;
    this.#dnsTold = true;
    const said = String((await readIfExists(join(this.#options.directory, 'dns.err'))) ?? '').trim();
    this.#tell(`network: dnsmasq ends whenever it is started, pods cannot look up names: ${said || 'it said nothing'}`);
  }

  async #lookAtEgress(): Promise<void> {
    const { directory, pool, now, needed } = this.#options;
    const observed = await observeEgress(directory);
    this.#egress.observe(observed.alive, now());
    const { startedAt, failures } = this.#egress;
    const plan = egressPlan({ ...observed, failures, needed: needed(), now: now(), ...(startedAt !== undefined && { startedAt }) });
    this.#egressDue = plan.do === 'wait' ? plan.at : undefined;
    if (plan.do !== 'start') return;
    this.#egress.begin(now());
    await pool.job('{ masquerade; egress; } >/dev/null 2>&1', { timeoutMs: JOB_MS });
  }
}
