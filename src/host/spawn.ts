/**
 * Starts programs: always from an argument list, with an explicit environment and a deadline. Hot paths use worker.ts.
 * Nothing that leaves a daemon behind may be run by runTool: it would hold the pipes, and the call would last until its deadline.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { faultPoint } from './fault-point.ts';
import { killGroup } from './kill-group.ts';
import { LineCutter } from './lines.ts';
import { type Argv, toolFailed, toolMissing, toolTimeout } from './tool-error.ts';

export interface RunOptions {
  timeoutMs: number;
  /** The whole environment; ours when left out. */
  env?: NodeJS.ProcessEnv;
  input?: string | Uint8Array;
  cwd?: string;
  /** Ends the tool and its children; the call then throws the signal's reason. */
  signal?: AbortSignal;
  onStderrLine?: (line: string) => void;
  /** Exit codes that are no failure; only 0 when left out. */
  okCodes?: readonly number[];
}

export interface ToolResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

const eachLine = (stream: Readable, onLine: (line: string) => void): void => {
  const cutter = new LineCutter(onLine);
  stream.on('data', (chunk: Buffer) => cutter.feed(chunk));
  stream.on('end', () => cutter.end());
};

/** ENOENT may also mean the working directory. */
const programIsMissing = (code: string | undefined, cwd: string | undefined): boolean =>
  code === 'ENOENT' && (cwd === undefined || statSync(cwd, { throwIfNoEntry: false }) !== undefined);

/** Throws TOOL_MISSING, TOOL_FAILED (with exit code and the end of stderr) or TOOL_TIMEOUT. */
export async function runTool(argv: Argv, options: RunOptions): Promise<ToolResult> {
  const [file, ...args] = argv;
  faultPoint(`spawn:${basename(file)}`);
  options.signal?.throwIfAborted();
  const { execa } = await import('execa');
  const child = execa(file, args, {
    env: options.env ?? process.env,
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    // a group of its own, so that its children end with it
    detached: true,
    reject: false,
    stripFinalNewline: false,
  });
  let ended: 'timeout' | 'abort' | undefined;
  const end = (why: 'timeout' | 'abort') => {
    ended ??= why;
    killGroup(child.nodeChildProcess);
    // a grandchild that left the group may hold them for ever
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const timer = setTimeout(() => end('timeout'), options.timeoutMs);
  const onAbort = () => end('abort');
  const onOwnExit = () => killGroup(child.nodeChildProcess);
  options.signal?.addEventListener('abort', onAbort);
  process.once('exit', onOwnExit);
  if (options.onStderrLine) eachLine(child.stderr, options.onStderrLine);
  try {
    const result = await child;
    if (ended === 'abort') options.signal?.throwIfAborted();
    if (ended === 'timeout') throw toolTimeout(argv, options.timeoutMs, result.stderr ?? '');
    if (result.exitCode !== undefined && (options.okCodes ?? [0]).includes(result.exitCode))
      return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode };
    const cause = 'cause' in result ? result.cause : undefined;
    if (programIsMissing(result.code, options.cwd)) throw toolMissing(file, cause);
    throw toolFailed(argv, { exitCode: result.exitCode, signal: result.signal, stderr: result.stderr || (result.code ?? '') }, cause);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    process.removeListener('exit', onOwnExit);
  }
}

export { runInteractive, type Service, type ServiceOptions, startDetached, startService } from './service.ts';
export type { Argv } from './tool-error.ts';
