/** Pulling an image: the one effect of images/ that takes long. */
import { runTool } from '../host/spawn.ts';
import { type BuildahSetup, buildahEnv, pullArgv, type RegistryOptions } from './buildah.ts';
import { pullFailure } from './pull-failure.ts';

export interface PullOptions extends RegistryOptions {
  timeoutMs: number;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** `Copying blob sha256:…`, one by one. */
  onProgress?: (line: string) => void;
}

const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

/**
 * Resolves with the image's id (64 hex digits) when it is in the store. Throws PullFailure (with its kind), IMAGE_NAME, TOOL_MISSING,
 * TOOL_TIMEOUT, or the signal's reason.
 */
export async function pullImage(setup: BuildahSetup, image: string, options: PullOptions): Promise<string> {
  const argv = pullArgv(setup, image, options);
  const { exitCode, stdout, stderr } = await runTool(argv, {
    timeoutMs: options.timeoutMs,
    env: buildahEnv(setup, options.env),
    okCodes: ANY_CODE,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onProgress ? { onStderrLine: options.onProgress } : {}),
  });
  const id = /^[0-9a-f]{64}$/m.exec(stdout)?.[0];
  if (exitCode === 0 && id !== undefined) return id;
  throw pullFailure(image, stderr);
}

export { prepareBuildah } from './prepare.ts';
