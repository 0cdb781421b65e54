/** `podstead push` */
import { join, resolve } from 'node:path';
import { PodsteadError } from '../../api/errors.ts';
import { readIfExists, writeAtomic } from '../../host/files.ts';
import { pushArgv } from '../../images/buildah.ts';
import type { Command } from '../command.ts';
import { oneLine } from '../escape.ts';
import { toolFailure, withImageTool } from '../image-tool.ts';
import { LiveLines } from '../live-lines.ts';
import { REGISTRY_OPTIONS, registryWish, withLogin } from '../registry-options.ts';

export const push: Command = {
  name: 'push',
  operands: '<image> [destination]',
  options: [
    { flags: '-q, --quiet', help: 'no progress' },
    { flags: '--digestfile <file>', help: "write the image's digest there" },
    ...REGISTRY_OPTIONS,
  ],
  examples: [['under another name', 'podstead push localhost/app:1 registry.example/team/app:1']],
  async run(context, { operands: [name = '', destination = name], options }) {
    const image = (await context.world.images()).resolve(name);
    if (!image)
      throw new PodsteadError('IMAGE_NOT_FOUND', `there is no image ${JSON.stringify(name)}`, { remedy: 'podstead images lists them' });
    await withImageTool(context, async ({ setup, run }) => {
      const digestFile = join(setup.imagesRun, `digest-${process.pid}`);
      const wish = registryWish(options, context.cwd);
      const progress = new LiveLines(context.err);
      const show = (line: string) => progress.show([oneLine(line).slice(0, context.err.columns - 1)]);
      const wanted = options.text('digestfile');
      const result = await withLogin(setup, [destination], wish, (registry) => {
        const argv = pushArgv(setup, image.id, destination, registry);
        return run(wanted === undefined ? argv : withDigestFile(argv, digestFile), options.flag('quiet') ? undefined : show);
      });
      progress.clear();
      if (result.exitCode !== 0) throw toolFailure(`push ${destination}`, result);
      if (wanted !== undefined) await writeAtomic(resolve(context.cwd, wanted), (await readIfExists(digestFile)) ?? '', 0o644);
    });
    return 0;
  },
};

/** An option of `push`, so it comes right after that word. */
function withDigestFile(argv: readonly [string, ...string[]], file: string): [string, ...string[]] {
  const at = argv.indexOf('push') + 1;
  const [first, ...rest] = argv;
  return [first, ...rest.slice(0, at - 1), '--digestfile', file, ...rest.slice(at - 1)];
}
