/** The built command line in a home of its own, with the small image in its store. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { readHolder } from '../../../src/host/boot.ts';
import { type Ran, type RunOptions, type ScratchHome, scratchHome, until } from '../harness.ts';
import { BUSYBOX, busyboxContext } from '../images.ts';

export const PODSTEAD = join(import.meta.dirname, '../../../bin/podstead');

export interface Running {
  child: ChildProcess;
  ran: Promise<Ran>;
}

export interface Podstead {
  home: ScratchHome;
  run(args: readonly string[], options?: RunOptions & { env?: NodeJS.ProcessEnv }): Promise<Ran>;
  /** Throws what it said when it did not exit with 0. */
  ok(args: readonly string[], options?: RunOptions & { env?: NodeJS.ProcessEnv }): Promise<string>;
  /** A command that may be killed. Runs as whoever runs the test. */
  begin(args: readonly string[], input?: string): Running;
  /** Until the engine and the holder have ended by themselves. */
  ended(): Promise<void>;
}

export async function podstead(home: ScratchHome = scratchHome()): Promise<Podstead> {
  const run: Podstead['run'] = (args, options) => home.run([PODSTEAD, ...args], { timeoutMs: 60_000, ...options });
  const ok: Podstead['ok'] = async (args, options) => {
    const { code, stdout, stderr } = await run(args, options);
    if (code !== 0) throw new Error(`podstead ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  const begin: Podstead['begin'] = (args, input = '') => {
    const child = spawn(PODSTEAD, args, { env: home.env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
    const began = performance.now();
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const ran = new Promise<Ran>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 137 : 1), stdout, stderr, ms: performance.now() - began }));
    });
    return { child, ran };
  };
  const context = await busyboxContext();
  try {
    await ok(['build', '-q', '-t', BUSYBOX, context.directory]);
  } finally {
    context.dispose();
  }
  const ended = () =>
    until(() => !readHolder(home.paths()), { what: 'everything has ended by itself', timeoutMs: 30_000 }).then(() => undefined);
  return { home, run, ok, begin, ended };
}
