/** One start of a holder: in a session of its own, reporting through pipes until it works, never waited for after that. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { PodsteadError } from '../api/errors.ts';
import { faultPoint } from './fault-point.ts';
import { identityMap } from './id-map.ts';
import { closeInherited } from './inherited.ts';
import { type Argv, toolMissing } from './tool-error.ts';

export interface Start {
  env: NodeJS.ProcessEnv;
  /** systemd-run and its options, or nothing. */
  scope: readonly string[];
}

/** `failure`: what a failed one said; without it a holder works, this one or another that was faster. */
export interface Started {
  pid?: number;
  failure?: string;
}

const START_MS = 10_000;

/** The holder closes both pipes when it works; a failed one by ending. */
const untilSilent = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    let said = '';
    let open = 2;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      stream?.on('close', () => {
        if (--open === 0) resolve(said);
      });
    }
  });

/** undefined: it lives on. */
const exitCode = (child: ChildProcess): Promise<number | undefined> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? 128);
    // one that ends has closed its pipes a moment before
    const timer = setTimeout(() => resolve(undefined), 50);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 128);
    });
  });

/** Throws TOOL_MISSING. */
export async function startIn(command: Argv, start: Start): Promise<Started> {
  const started = await startOnce(command, start.scope, start.env);
  // a session bus that does not answer must not keep pods from running
  return started.failure !== undefined && start.scope.length > 0 ? startOnce(command, [], start.env) : started;
}

async function startOnce(command: Argv, scope: readonly string[], env: NodeJS.ProcessEnv): Promise<Started> {
  faultPoint('spawn:holder');
  closeInherited();
  const [file = '', ...args] = [...scope, ...command];
  const child = spawn(file, args, {
    env: scope.length > 0 ? { ...env, PD_SCOPE: '1' } : env,
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.on('error', () => undefined);
  child.unref();
  if (child.pid === undefined) throw toolMissing(file);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  const said = await untilSilent(child);
  clearTimeout(timer);
  const code = said === '' ? undefined : await exitCode(child);
  return code === undefined || code === 0 ? { pid: child.pid } : { failure: said };
}

/**
 * As root: the namespace maps 0–65535 to themselves (as far as they are there). Only who is outside may write that, and only who enters afterwards has
 * capabilities inside: so a helper makes it, and the holder enters.
 */
export async function startMapped(unshare: string, nsenter: string, command: Argv, start: Start): Promise<Started> {
  const helper = spawn(unshare, ['--user', '--mount', '--propagation=slave', 'sh', '-c', 'echo; read -r _'], {
    env: start.env,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  helper.on('error', () => undefined);
  helper.stdin.on('error', () => undefined);
  if (helper.pid === undefined) throw toolMissing(unshare);
  const timer = setTimeout(() => helper.kill('SIGKILL'), START_MS);
  const ended = untilSilent(helper);
  try {
    const ready = await Promise.race([new Promise<true>((resolve) => helper.stdout.once('data', () => resolve(true))), ended]);
    clearTimeout(timer);
    if (ready !== true) return { failure: ready === '' ? 'unshare made no namespace, and gave no reason' : ready };
    for (const map of ['gid_map', 'uid_map'])
      await writeFile(`/proc/${helper.pid}/${map}`, identityMap(await readFile(`/proc/self/${map}`, 'latin1')));
    return await startIn([nsenter, '-t', String(helper.pid), '-U', '-m', ...command], start);
  } catch (error) {
    if (error instanceof PodsteadError) throw error;
    return { failure: `the id map of the user namespace cannot be written: ${(error as Error).message}` };
  } finally {
    helper.stdin.end();
  }
}
