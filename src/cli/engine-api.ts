/** The engine as commands see it. */
import { PodsteadError } from '../api/errors.ts';
import type { Paths } from '../host/paths.ts';
import type { Api } from './api.ts';

export async function connectEngine(_paths: Paths, _env: NodeJS.ProcessEnv): Promise<Api & { close(): Promise<void> }> {
  throw new PodsteadError('ENGINE_UNREACHABLE', 'the engine cannot be reached yet');
}
