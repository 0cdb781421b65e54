/** Runs a command in a container and waits for it: exec probes and hooks. */
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '../api/errors.ts';
import { readIfExists, writePlain } from '../host/files.ts';
import { namespaceOf } from '../host/process.ts';
import { runTool } from '../host/spawn.ts';
import type { RuntimeLayout } from './commands.ts';
import { execArgv, execFailure, execProcess } from './exec.ts';
import type { OciConfig } from './oci.ts';

export interface ExecRequest {
  id: string;
  /** The container's bundle: files of the call are made in it and removed again. */
  bundle: string;
  args: readonly string[];
  timeoutMs: number;
  signal?: AbortSignal;
}

export type ExecResult =
  /** `output`: both streams, the first 10 KiB. */
  | { ended: 'exit'; exitCode: number; output: string }
  /** Ended with its children, as far as they stayed in its process group. */
  | { ended: 'timeout'; output: string }
  /** It was not started: the container is gone, or has no such command. */
  | { ended: 'failure'; message: string };

const OUTPUT_BYTES = 10 * 1024;
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);
let counter = 0;

/** Rejects with the signal's reason when it is aborted (the command is ended then, too). */
export async function runExec(layout: RuntimeLayout, request: ExecRequest): Promise<ExecResult> {
  const base = join(request.bundle, `exec-${++counter}`);
  const files = { id: request.id, processFile: `${base}.json`, log: `${base}.log`, pidFile: `${base}.pid` };
  const output = `${base}.out`;
  try {
    const config = JSON.parse(await readFile(join(request.bundle, 'config.json'), 'utf8')) as OciConfig;
    await writePlain(files.processFile, JSON.stringify(execProcess(config, { args: request.args })));
    // into a file: a daemon that the command leaves behind may keep it open, a pipe would then never end
    const argv = ['sh', '-c', 'exec "$@" >"$0" 2>&1', output, ...execArgv(layout, files)] as const;
    const { timeoutMs, signal } = request;
    const { exitCode } = await runTool([...argv], { timeoutMs, okCodes: ANY_CODE, ...(signal ? { signal } : {}) });
    const failure = execFailure((await readIfExists(files.log))?.toString() ?? '');
    if (failure) return { ended: 'failure', message: failure.message };
    return { ended: 'exit', exitCode, output: await readHead(output) };
  } catch (error) {
    await endCommand(files.pidFile);
    if (isCode(error, 'TOOL_TIMEOUT')) return { ended: 'timeout', output: await readHead(output) };
    if (isMissing(error)) return { ended: 'failure', message: 'the container is not there' };
    throw error;
  } finally {
    await Promise.all([files.processFile, files.log, files.pidFile, output].map((file) => rm(file, { force: true })));
  }
}

/** The command is in a session of its own, so that the end of the runtime's process does not end it. */
async function endCommand(pidFile: string): Promise<void> {
  const pid = Number((await readIfExists(pidFile))?.toString('latin1'));
  const stat = (await readIfExists(`/proc/${pid}/stat`))?.toString('latin1') ?? '';
  const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!(Number(group) > 1) || namespaceOf(pid, 'mnt') === namespaceOf('self', 'mnt')) return;
  try {
    process.kill(-Number(group), 'SIGKILL');
  } catch {
    // it has ended
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function readHead(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(OUTPUT_BYTES), 0, OUTPUT_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
