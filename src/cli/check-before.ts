import type { KubeObject } from '../api/objects.ts';
import type { Context } from './context.ts';
export async function checkBefore(_context: Context, _objects: readonly KubeObject[]): Promise<void> {}
