/** `podstead pull` */
import { PodsteadError } from '../../api/errors.ts';
import { pullArgv } from '../../images/buildah.ts';
import { pullFailure } from '../../images/pull-failure.ts';
import { isLocal, parseReference } from '../../images/reference.ts';
import type { Command } from '../command.ts';
import { oneLine } from '../escape.ts';
import { withImageTool } from '../image-tool.ts';
import { LiveLines } from '../live-lines.ts';
import { REGISTRY_OPTIONS, registryWish, withLogin } from '../registry-options.ts';

export const pull: Command = {
  name: 'pull',
  operands: '<image...>',
  description: 'Prints the id of each image.',
  options: [{ flags: '-q, --quiet', help: 'no progress' }, ...REGISTRY_OPTIONS],
  examples: [['from Docker Hub', 'podstead pull nginx:1.27']],
  async run(context, { operands, options }) {
    for (const image of operands) refuseLocal(image);
    const wish = registryWish(options, context.cwd);
    await withImageTool(context, ({ setup, run }) =>
      withLogin(setup, operands, wish, async (registry) => {
        for (const image of operands) {
          const progress = new LiveLines(context.err);
          const show = (line: string) => progress.show([oneLine(line).slice(0, context.err.columns - 1)]);
          const result = await run(pullArgv(setup, image, registry), options.flag('quiet') ? undefined : show);
          progress.clear();
          const id = /^[0-9a-f]{64}$/m.exec(result.stdout)?.[0];
          if (result.exitCode !== 0 || id === undefined) throw pullFailure(image, result.stderr);
          context.out.line(id);
        }
      }),
    );
    return 0;
  },
};

/** Throws IMAGE_NAME, IMAGE_NOT_FOUND. */
function refuseLocal(image: string): void {
  if (!isLocal(parseReference(image))) return;
  throw new PodsteadError('IMAGE_NOT_FOUND', `${image}: localhost/ is never pulled, its images are built here`, {
    remedy: `podstead build -t ${image} DIR`,
  });
}
