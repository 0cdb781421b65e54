/** A Play comes into being once, also when the engine dies over it. */
import { isCode } from '../api/errors.ts';
import { kindOf } from '../api/kinds.ts';
import { generateName } from '../api/name.ts';
import type { KubeObject, Play, PlaySpec, Stored } from '../api/objects.ts';
import { isApiError } from '../api/status.ts';
import type { Api } from './api.ts';

const TRIES = 5;

/** The name is ours: by it is known whether an engine that died had stored it. Throws what Api.create throws. */
export async function createPlay(
  api: Pick<Api, 'create' | 'get'>,
  spec: PlaySpec,
  random: () => number = Math.random,
): Promise<Play & Stored> {
  const kind = kindOf('podstead.dev/v1', 'Play');
  if (!kind) throw new Error('Play is no kind');
  let name = generateName(`${spec.mode}-`, random);
  let sent = false;
  for (let left = TRIES; ; left--) {
    try {
      const play = { apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: { name }, spec };
      return (await api.create(kind, play as unknown as KubeObject)) as unknown as Play & Stored;
    } catch (error) {
      if (left === 0) throw error;
      if (isCode(error, 'ENGINE_UNREACHABLE')) sent = true;
      else if (!isApiError(error, 'AlreadyExists')) throw error;
      const there = sent ? await api.get(kind, '', name) : undefined;
      if (there) return there as unknown as Play & Stored;
      if (!sent) name = generateName(`${spec.mode}-`, random);
    }
  }
}
