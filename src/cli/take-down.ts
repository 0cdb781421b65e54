/** `kube down`, `play kube --down`, and the end of `play kube --wait`: what a manifest names is deleted. */
import type { KubeObject } from '../api/objects.ts';
import type { Context } from './context.ts';
import { manifestTargets } from './manifest-objects.ts';
import type { Options } from './options.ts';
import { resultLines } from './play-text.ts';
import { runPlay } from './run-play.ts';

export async function takeDown(context: Context, files: readonly string[], options: Options): Promise<number> {
  const targets = await manifestTargets(context, files, options.flag('recursive'));
  const objects = targets.map(({ kind, name, namespace }): KubeObject => {
    return { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
  });
  await downObjects(context, objects, {
    force: options.flag('force'),
    quiet: options.flag('quiet'),
    json: options.choice('output', ['json']) === 'json',
  });
  return 0;
}

export async function downObjects(
  context: Context,
  objects: readonly KubeObject[],
  how: { force: boolean; quiet: boolean; json: boolean },
): Promise<void> {
  const done = await runPlay(context, { mode: 'down', objects: [...objects], ...(how.force ? { force: true } : {}) }, how.quiet);
  if (how.json) context.out.data(`${JSON.stringify(done, undefined, 4)}\n`);
  else for (const line of resultLines(done)) context.out.line(line);
}
