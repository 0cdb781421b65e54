/** buildah on our own image store, called by the user's commands. */
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { kindOf } from '../api/kinds.ts';
import { loadPaths } from '../host/boot.ts';
import { makeDirectory } from '../host/files.ts';
import { enterArgv } from '../host/namespace.ts';
import { runInteractive } from '../host/service.ts';
import { runTool, type ToolResult } from '../host/spawn.ts';
import { findTools, requireTool } from '../host/tools.ts';
import { type BuildahSetup, buildahEnv } from '../images/buildah.ts';
import { prepareBuildah } from '../images/pull.ts';
import type { Context } from './context.ts';

type Argv = readonly [string, ...string[]];

export interface ImageTool {
  readonly setup: BuildahSetup;
  /** On our own stdio; the exit code. */
  show(argv: Argv): Promise<number>;
  /** Its output; any exit code. `onLine`: what it says meanwhile. */
  run(argv: Argv, onLine?: (line: string) => void): Promise<ToolResult>;
}

/** A slow line takes its time; what hangs must end. */
const LONGEST_MS = 60 * 60_000;
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

/** Makes the namespaces if need be, and keeps them for as long as `use` takes. Throws TOOL_MISSING, NAMESPACE_FAILED. */
export async function withImageTool<T>(context: Context, use: (tool: ImageTool) => Promise<T>): Promise<T> {
  const tools = findTools(context.env);
  const buildah = requireTool(tools, 'buildah');
  const stop = new AbortController();
  await holdEngine(context, stop.signal);
  try {
    const paths = loadPaths(context.env, (await context.world.paths()).uid);
    await makeDirectory(paths.images);
    const enter = enterArgv(paths, tools);
    const setup = await prepareBuildah(
      { buildah, images: paths.images, imagesRun: paths.imagesRun, storageConf: join(paths.run, 'storage.conf'), uid: paths.uid },
      { policies: policyFiles(context.env), ownPolicy: join(paths.data, 'policy.json') },
    );
    const env = buildahEnv(setup, context.env);
    return await use({
      setup,
      show: (argv) => runInteractive([...enter, ...argv], { env }),
      run: (argv, onLine) =>
        runTool([...enter, ...argv], { env, timeoutMs: LONGEST_MS, okCodes: ANY_CODE, ...(onLine ? { onStderrLine: onLine } : {}) }),
    });
  } finally {
    stop.abort();
  }
}

/** An open watch keeps the engine awake, or the namespaces would be taken down when nothing else runs. */
async function holdEngine(context: Context, signal: AbortSignal): Promise<void> {
  const kind = kindOf('v1', 'Namespace');
  if (!kind) throw new TypeError('no kind Namespace');
  const events = (await context.world.api()).watch(kind, undefined, signal)[Symbol.asyncIterator]();
  const hold = async () => {
    while (!(await events.next()).done);
  };
  await events.next();
  // ends with the signal; an engine that cannot be reached any more shows in what buildah says
  hold().catch(() => undefined);
}

const policyFiles = (env: NodeJS.ProcessEnv): string[] => [
  ...(env['HOME'] ? [join(env['HOME'], '.config/containers/policy.json')] : []),
  '/etc/containers/policy.json',
];

/** What buildah said last, without its decoration. */
export function toolFailure(what: string, { stderr, exitCode }: Pick<ToolResult, 'stderr' | 'exitCode'>): PodsteadError {
  const said = stderr
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '');
  return new PodsteadError('TOOL_FAILED', `${what}: ${said?.replace(/^Error: /, '') ?? `buildah ended with ${exitCode}`}`);
}
