/** Runs what probes and hooks ask for: a command in a container, a request, a pause. */
import { runExec } from '../runtime/run-exec.ts';
import type { Environment } from './environment.ts';
import type { DialRequest, ExecRequest, HandlerFault, SleepRequest } from './handler.ts';
import { bundleOf } from './pod-files.ts';
import type { DialResult } from './probes/dial.ts';

export interface HandlerTarget {
  containerId: string;
  hostNetwork: boolean;
}

const NEVER_MS = 24 * 3_600_000;

export async function runHandler(
  env: Environment,
  target: HandlerTarget,
  request: DialRequest | ExecRequest | SleepRequest | HandlerFault,
  signal?: AbortSignal,
): Promise<DialResult> {
  if ('fault' in request) return { ok: false, detail: request.fault };
  if (request.kind === 'exec') return runInContainer(env, target.containerId, request, signal);
  if (request.kind === 'sleep') return pause(request.seconds * 1000, signal);
  return env.dialler.dial(request, target.hostNetwork);
}

async function runInContainer(env: Environment, id: string, request: ExecRequest, signal?: AbortSignal): Promise<DialResult> {
  const timeoutMs = request.timeoutMs ?? NEVER_MS;
  const bundle = bundleOf(env.paths, id);
  try {
    const result = await runExec(env.layout, { id, bundle, args: request.command, timeoutMs, ...(signal && { signal }) });
    if (result.ended === 'failure') return { ok: false, detail: result.message };
    if (result.ended === 'timeout') return { ok: false, detail: `command timed out after ${timeoutMs / 1000}s: ${result.output}` };
    const output = result.output.trimEnd();
    return result.exitCode === 0
      ? { ok: true, detail: output }
      : { ok: false, detail: `command exited with code ${result.exitCode}: ${output}` };
  } catch (error) {
    if (signal?.aborted) return { ok: false, detail: 'given up' };
    throw error;
  }
}

const pause = (ms: number, signal?: AbortSignal): Promise<DialResult> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      resolve({ ok: true, detail: '' });
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
