/** `play kube --build`: images of the manifest, built from directories that are called like them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import type { KubeObject } from '../api/objects.ts';
import { buildArgv, localName } from '../images/buildah.ts';
import { workloadsOf } from '../preflight/workload.ts';
import type { Context } from './context.ts';
import { withImageTool } from './image-tool.ts';
import type { Options } from './options.ts';

const FILES = ['Containerfile', 'Dockerfile'];

export interface BuildStep {
  /** As the manifest has it. */
  image: string;
  directory: string;
}

/** The images that have a directory with a Containerfile, each once. `hasFile` looks at the machine. Pure. */
export function buildSteps(objects: readonly KubeObject[], contextDirectory: string, hasFile: (file: string) => boolean): BuildStep[] {
  const images = workloadsOf(objects).flatMap(({ spec }) =>
    [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ image }) => image ?? []),
  );
  return [...new Set(images)].flatMap((image) => {
    const directory = join(contextDirectory, directoryName(image));
    return FILES.some((file) => hasFile(join(directory, file))) ? [{ image, directory }] : [];
  });
}

/** `localhost/team/app:1` → `app` */
const directoryName = (image: string): string => {
  const name = image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  return name.slice(name.lastIndexOf('/') + 1);
};

/** The ids of what was built. Throws TOOL_FAILED for a build that fails, USAGE for a directory that is not there. */
export async function buildImages(context: Context, objects: readonly KubeObject[], options: Options): Promise<string[]> {
  const directory = resolve(context.cwd, options.text('context-dir') ?? '.');
  if (!existsSync(directory)) throw new PodsteadError('USAGE', `--context-dir ${options.text('context-dir')}: there is no such directory`);
  const steps = buildSteps(objects, directory, existsSync);
  if (steps.length === 0) return [];
  const quiet = options.flag('quiet') || !context.err.isTTY;
  await withImageTool(context, async ({ setup, run }) => {
    for (const { image, directory: from } of steps) {
      if (!quiet) context.err.line(`building ${image} from ${from}`);
      const argv = buildArgv(setup, { context: from, tags: [localName(image), ...otherName(image)], quiet });
      const result = await run(argv, quiet ? undefined : (line) => context.err.data(`${line}\n`));
      if (result.exitCode !== 0) {
        throw new PodsteadError('TOOL_FAILED', `the build of ${image} from ${from} failed:\n${result.stderr.trimEnd()}`);
      }
    }
  });
  const images = await context.world.images();
  return steps.flatMap(({ image }) => images.find(localName(image))?.id ?? []);
}

/** The pod asks for it by the name in the manifest: `app` is docker.io/library/app there. */
const otherName = (image: string): string[] =>
  image.includes('@') || localName(image) === image ? [] : [image.includes('/') ? image : `docker.io/library/${image}`];
