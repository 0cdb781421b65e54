/** Said once after a play whose pods have no way to the outside. */
import type { KubeObject } from '../api/objects.ts';
import { readTrouble } from '../network/egress.ts';
import { workloadsOf } from '../preflight/workload.ts';
import type { Context } from './context.ts';

/** A line, or none. */
export async function egressNotice(context: Context, objects: readonly KubeObject[]): Promise<string[]> {
  if (workloadsOf(objects).every(({ spec }) => spec.hostNetwork)) return [];
  const trouble = await readTrouble((await context.world.paths()).net);
  return trouble === undefined ? [] : [`notice: pods cannot reach the outside: ${trouble}`];
}
