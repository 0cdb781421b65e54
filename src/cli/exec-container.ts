/** A command in a container that runs, on our own terminal or pipes. */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { readHolder } from '../host/boot.ts';
import { readIfExists, writePlain } from '../host/files.ts';
import { enterArgv } from '../host/namespace.ts';
import type { Paths } from '../host/paths.ts';
import { runInteractive } from '../host/service.ts';
import { runTool } from '../host/spawn.ts';
import { findTools, type Tools } from '../host/tools.ts';
import { bundleOf } from '../kubelet/pod-files.ts';
import { type ExecFiles, execArgv, execFailure, execProcess, resizeArgv } from '../runtime/exec.ts';
import { runtimeLayout } from '../runtime/layout.ts';
import type { OciConfig } from '../runtime/oci.ts';

export interface ExecRequest {
  /** The container's id. */
  id: string;
  args: readonly string[];
  stdin: boolean;
  tty: boolean;
  env: readonly string[];
  workdir?: string;
}

/** The command's exit code; 125 to 127 when it could not be run. Throws NOT_FOUND, and what wakeEngine throws. */
export async function execContainer(paths: Paths, env: NodeJS.ProcessEnv, request: ExecRequest): Promise<number> {
  const tools = findTools(env);
  // containers outlive the holder through which they are entered: another one takes its place in the same namespaces
  if (!readHolder(paths)) await (await import('./engine-api.ts')).wakeEngine(paths, env);
  const enter = enterArgv(paths, tools);
  const bundle = bundleOf(paths, request.id);
  const name = `exec-${randomUUID()}`;
  // the tmpfs with the bundles is mounted only in our namespace; from outside it is reached through the holder
  const outside = join('/proc', String(readHolder(paths)?.pid), 'root');
  const files: ExecFiles = {
    id: request.id,
    processFile: join(bundle, `${name}.json`),
    log: join(bundle, `${name}.log`),
    ...(request.tty ? { tty: true, pidFile: join(bundle, `${name}.pid`) } : {}),
  };
  try {
    const config = JSON.parse(await readFile(join(outside, bundle, 'config.json'), 'utf8')) as OciConfig;
    const wish = {
      args: request.args,
      tty: request.tty,
      env: request.env,
      ...(request.workdir === undefined ? {} : { workdir: request.workdir }),
    };
    await writePlain(join(outside, files.processFile), JSON.stringify(execProcess(config, wish)));
    const argv: [string, ...string[]] = [...enter, ...execArgv(runtimeLayout(paths, tools), files)];
    const stopResizing = request.tty ? followSize(enter, join(outside, files.pidFile ?? '')) : () => {};
    const code = await runInteractive(request.stdin ? argv : withoutInput(tools, argv)).finally(stopResizing);
    // the runtime has said it on standard error; its log tells that from a command that ended with the same code
    return execFailure((await readIfExists(join(outside, files.log)))?.toString() ?? '')?.exitCode ?? code;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new PodsteadError('NOT_FOUND', 'the container ended a moment ago', { cause: error });
    throw error;
  } finally {
    const all = [files.processFile, files.log, ...(files.pidFile === undefined ? [] : [files.pidFile])];
    await Promise.all(all.map((file) => rm(join(outside, file), { force: true }).catch(() => undefined)));
  }
}

/** Without -i the command reads nothing, whatever our own input is. */
const withoutInput = (tools: Tools, argv: readonly string[]): [string, ...string[]] => [
  tools.sh ?? 'sh',
  '-c',
  'exec "$@" </dev/null',
  'exec',
  ...argv,
];

/** Hands changes of our terminal's size on. Returns how to stop. */
function followSize(enter: readonly [string, ...string[]], pidFile: string): () => void {
  const { stdout } = process;
  const resize = async () => {
    const pid = Number((await readIfExists(pidFile))?.toString());
    if (!(pid > 0)) return;
    const size = { rows: stdout.rows, columns: stdout.columns };
    // a terminal that is gone meanwhile is no failure of the command
    await runTool([...enter, ...resizeArgv(pid, size)], { timeoutMs: 2_000 }).catch(() => undefined);
  };
  const onResize = () => void resize();
  stdout.on('resize', onResize);
  return () => stdout.off('resize', onResize);
}
