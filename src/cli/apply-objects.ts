/** Objects stored as `apply` does it, a line for each. */
import { objectName } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Context } from './context.ts';
import type { Format } from './format.ts';
import { printData } from './print.ts';

export type DryRun = 'client' | 'server' | 'none';

export const DRY_RUN_NOTE: Readonly<Record<DryRun, string>> = { none: '', client: ' (dry run)', server: ' (server dry run)' };

/** All or nothing. */
export async function applyObjects(
  context: Context,
  objects: readonly KubeObject[],
  how: { dryRun: DryRun; format: Format },
): Promise<number> {
  const api = await context.world.api();
  const applied = await api.apply(objects, { dryRun: how.dryRun !== 'none' });
  if (how.format.as === 'table') {
    for (const { object, action } of applied) context.out.line(`${objectName(object)} ${action}${DRY_RUN_NOTE[how.dryRun]}`);
  } else {
    const stored = applied.map(({ object }) => object);
    await printData(context.out, stored, how.format, stored.length === 1);
  }
  return 0;
}
