/**
 * Shells that do job after job: 0.04 ms a job plus its commands, whatever Node's size (a spawn blocks Node for 0.7 to 1.5 ms).
 * A job is one line of shell text; the pool's functions are known to it. Every command of a job needs stdio of its own
 * (`</dev/null >/dev/null 2>FILE`), and a job that does `cd` has to go back to `/`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { PodsteadError } from '../api/errors.ts';
import { faultPoint } from './fault-point.ts';
import { killGroup } from './kill-group.ts';
import { LineCutter } from './lines.ts';

/** One word of shell text, whatever it holds; newlines need the worker's variable NL. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`).replaceAll('\n', `'"$NL"'`)}'`;
export const quoteAll = (words: readonly string[]): string => words.map(quote).join(' ');

// IFS is put back after a job that changed it; -f would be of use only to unquoted words
const LOOP = `NL='\n'
cd /
while IFS= read -r line; do eval "$line"; echo "= $?"; done`;

export interface WorkerPoolOptions {
  /** Number of shells; twice the cores is enough. */
  size: number;
  /** Shell text that every worker starts with: function definitions. */
  functions?: string;
  /** Path of dash, or another sh. */
  sh: string;
  env?: NodeJS.ProcessEnv;
  /** A descriptor, as `2` for our own stderr; nowhere when left out. */
  stderr?: number;
  /** Whenever a shell has started: all that live. They outlive us when we are killed, so somebody has to write them down. */
  onStart?: (pids: readonly number[]) => void;
}

export interface JobOptions {
  timeoutMs: number;
}

interface Job {
  script: string;
  timeoutMs: number;
  resolve: (status: number) => void;
  reject: (error: Error) => void;
}

interface Worker {
  child: ChildProcess;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
}

const shorten = (script: string): string => (script.length <= 200 ? script : `${script.slice(0, 199)}…`);

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #queue: Job[] = [];
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts all shells, so that the first jobs need not wait for it. */
  warm(): void {
    while (this.#workers.size < this.#options.size) this.#idle.push(this.#start());
  }

  /**
   * Resolves with the job's exit status. When its time is over, it and its children are killed: TOOL_TIMEOUT. TOOL_FAILED when its
   * shell died. Jobs begin in the order of the calls.
   */
  job(script: string, options: JobOptions): Promise<number> {
    if (script.includes('\n')) return Promise.reject(new Error(`a job is one line: ${shorten(script)}`));
    if (this.#closed) return Promise.reject(new PodsteadError('TOOL_FAILED', `the workers are closed: ${shorten(script)}`));
    return new Promise((resolve, reject) => {
      this.#queue.push({ script, timeoutMs: options.timeoutMs, resolve, reject });
      this.#next();
    });
  }

  /** Of the shells that live: their last jobs go on when we are killed, and whoever comes after us has to wait for that. */
  get pids(): number[] {
    return [...this.#workers].flatMap((worker) => worker.child.pid ?? []);
  }

  /** Jobs that run or wait. */
  get pending(): number {
    return this.#queue.length + [...this.#workers].filter((worker) => worker.job !== undefined).length;
  }

  /** The shells end after their present job; what waits is refused. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#workers) worker.child.stdin?.end();
    for (const job of this.#queue.splice(0))
      job.reject(new PodsteadError('TOOL_FAILED', `the workers were closed before: ${shorten(job.script)}`));
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? (this.#workers.size < this.#options.size ? this.#start() : undefined);
      const job = worker && this.#queue.shift();
      if (!job) return;
      this.#give(worker, job);
    }
  }

  #give(worker: Worker, job: Job): void {
    try {
      faultPoint('job');
    } catch (error) {
      this.#idle.push(worker);
      job.reject(error as Error);
      return;
    }
    worker.job = job;
    worker.timer = setTimeout(() => this.#expire(worker, job), job.timeoutMs);
    worker.child.stdin?.write(`${job.script}\n`);
  }

  #start(): Worker {
    const prelude = this.#options.functions ?? '';
    const child = spawn(this.#options.sh, ['-c', `${prelude}\n${LOOP}`, 'worker'], {
      env: this.#options.env ?? process.env,
      cwd: '/',
      // a group of its own: the children of a job that hangs end with it
      detached: true,
      stdio: ['pipe', 'pipe', this.#options.stderr ?? 'ignore'],
    });
    const worker: Worker = { child, job: undefined, timer: undefined };
    const cutter = new LineCutter((line) => this.#hear(worker, line));
    child.stdout?.on('data', (chunk: Buffer) => cutter.feed(chunk));
    child.stdin?.on('error', () => undefined);
    child.on('error', (error) => this.#lost(worker, error.message));
    // not close: a daemon started by a careless job would hold the pipe
    child.on('exit', (code, signal) => this.#lost(worker, signal ?? `exit ${code}`));
    this.#workers.add(worker);
    this.#options.onStart?.(this.pids);
    return worker;
  }

  #hear(worker: Worker, line: string): void {
    const status = /^= (\d+)$/.exec(line)?.[1];
    const job = worker.job;
    if (status === undefined || !job) return;
    clearTimeout(worker.timer);
    worker.job = undefined;
    this.#idle.push(worker);
    job.resolve(Number(status));
    this.#next();
  }

  #expire(worker: Worker, job: Job): void {
    this.#forget(worker);
    worker.job = undefined;
    killGroup(worker.child);
    job.reject(new PodsteadError('TOOL_TIMEOUT', `not done after ${job.timeoutMs} ms: ${shorten(job.script)}`));
    this.#next();
  }

  #lost(worker: Worker, reason: string): void {
    this.#forget(worker);
    const job = worker.job;
    worker.job = undefined;
    clearTimeout(worker.timer);
    job?.reject(new PodsteadError('TOOL_FAILED', `its shell ended (${reason}): ${shorten(job.script)}`));
    if (!this.#closed) this.#next();
  }

  #forget(worker: Worker): void {
    this.#workers.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
