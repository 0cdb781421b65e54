/** Children that live longer than a call: a line protocol over pipes, a terminal that is handed on, a process that outlives us. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { faultPoint } from './fault-point.ts';
import { killGroup } from './kill-group.ts';
import { LineCutter } from './lines.ts';
import { type Argv, toolMissing } from './tool-error.ts';

export interface ServiceOptions {
  env?: NodeJS.ProcessEnv;
  onLine: (line: string) => void;
  /** Once, after its last line: `exit 1`, `SIGKILL` or why it could not be started. */
  onExit?: (reason: string) => void;
  /** Appended to; nowhere when left out. */
  stderrFile?: string;
}

export interface Service {
  /** undefined when it could not be started; onExit says why. */
  readonly pid: number | undefined;
  /** A line without its newline. To a dead one: no effect, onExit has told or will tell. */
  send(line: string): void;
  /** Closes its input, and kills it when that does not end it within a second. */
  close(): void;
  readonly exited: Promise<string>;
}

const CLOSE_MS = 1_000;
const LAST_WORDS_MS = 100;

const withFile = <T>(file: string | undefined, use: (fd: number | 'ignore') => T): T => {
  if (file === undefined) return use('ignore');
  const fd = openSync(file, 'a', 0o600);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
};

export function startService(argv: Argv, options: ServiceOptions): Service {
  const [file, ...args] = argv;
  faultPoint(`spawn:${basename(file)}`);
  const child = withFile(options.stderrFile, (stderr) =>
    spawn(file, args, { env: options.env ?? process.env, detached: true, stdio: ['pipe', 'pipe', stderr] }),
  );
  const { stdin, stdout } = child;
  const cutter = new LineCutter(options.onLine);
  stdout?.on('data', (chunk: Buffer) => cutter.feed(chunk));
  // its death is told by close
  stdin?.on('error', () => undefined);
  const exited = new Promise<string>((resolve) => {
    let failure: string | undefined;
    child.on('error', (error) => {
      failure ??= error.message;
    });
    // a child of it may keep the pipe open
    child.on('exit', () => setTimeout(() => stdout?.destroy(), LAST_WORDS_MS).unref());
    child.on('close', (code, signal) => {
      cutter.end();
      const reason = failure ?? signal ?? `exit ${code}`;
      options.onExit?.(reason);
      resolve(reason);
    });
  });
  return {
    pid: child.pid,
    exited,
    send: (line) => {
      if (stdin?.writable) stdin.write(`${line}\n`);
    },
    close: () => {
      stdin?.end();
      setTimeout(() => {
        killGroup(child);
      }, CLOSE_MS).unref();
    },
  };
}

export interface DetachedOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Appended to; nowhere when left out. */
  stderrFile?: string;
}

/** A process in a session of its own that outlives us, without pipes. Returns its pid. Throws TOOL_MISSING. */
export function startDetached(argv: Argv, options: DetachedOptions = {}): number {
  const [file, ...args] = argv;
  faultPoint(`spawn:${basename(file)}`);
  const child = withFile(options.stderrFile, (stderr) =>
    spawn(file, args, {
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: true,
      stdio: ['ignore', 'ignore', stderr],
    }),
  );
  child.on('error', () => undefined);
  child.unref();
  if (child.pid === undefined) throw toolMissing(file);
  return child.pid;
}

const signalNumber = (name: NodeJS.Signals): number => constants.signals[name];

/**
 * Hands our terminal (or whatever our stdio is) on. Resolves with its exit code, 128 + N when signal N ended it.
 * SIGINT, SIGQUIT and SIGHUP come to it from the terminal too, so that only SIGTERM is passed on. Throws TOOL_MISSING.
 */
export async function runInteractive(argv: Argv, options: { env?: NodeJS.ProcessEnv } = {}): Promise<number> {
  const [file, ...args] = argv;
  faultPoint(`spawn:${basename(file)}`);
  const child = spawn(file, args, { env: options.env ?? process.env, stdio: 'inherit' });
  const ignore = () => undefined;
  const pass = () => void child.kill('SIGTERM');
  const terminal = ['SIGINT', 'SIGQUIT', 'SIGHUP'] as const;
  for (const signal of terminal) process.on(signal, ignore);
  process.on('SIGTERM', pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? toolMissing(file, error) : error));
      child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + signalNumber(signal)));
    });
  } finally {
    for (const signal of terminal) process.removeListener(signal, ignore);
    process.removeListener('SIGTERM', pass);
  }
}
