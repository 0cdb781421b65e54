import type { KubeObject } from '../api/objects.ts';
import type { Context } from './context.ts';
import type { Options } from './options.ts';
export async function buildImages(_context: Context, _objects: readonly KubeObject[], _options: Options): Promise<void> {}
