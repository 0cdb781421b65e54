/** `podstead tag` */
import { PodsteadError } from '../../api/errors.ts';
import { localName, tagArgv } from '../../images/buildah.ts';
import type { Command } from '../command.ts';
import { toolFailure, withImageTool } from '../image-tool.ts';

export const tag: Command = {
  name: 'tag',
  operands: '<image> <name...>',
  options: [],
  examples: [['for a registry', 'podstead tag localhost/app:1 registry.example/team/app:1']],
  async run(context, { operands: [word = '', ...names] }) {
    const image = (await context.world.images()).resolve(word);
    if (!image)
      throw new PodsteadError('IMAGE_NOT_FOUND', `there is no image ${JSON.stringify(word)}`, { remedy: 'podstead images lists them' });
    await withImageTool(context, async ({ setup, run }) => {
      for (const name of names) {
        const result = await run(tagArgv(setup, image.id, localName(name)));
        if (result.exitCode !== 0) throw toolFailure(`tag ${name}`, result);
      }
    });
    return 0;
  },
};
