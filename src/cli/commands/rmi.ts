/** `podstead rmi` */
import { PodsteadError } from '../../api/errors.ts';
import { rmiArgv } from '../../images/buildah.ts';
import { checkRemovable } from '../../images/image-users.ts';
import { printErrors } from '../collect.ts';
import type { Command } from '../command.ts';
import { SilentExit } from '../faults.ts';
import { toolFailure, withImageTool } from '../image-tool.ts';

export const rmi: Command = {
  name: 'rmi',
  operands: '<image...>',
  description: 'One of several names is only taken off. An image that a pod uses stays.',
  options: [
    { flags: '-f, --force', help: 'what is not there is no error; all names of an id' },
    { flags: '-i, --ignore', help: 'what is not there is no error' },
  ],
  examples: [['by name', 'podstead rmi localhost/app:1']],
  async run(context, { operands, options }) {
    const uses = await context.world.containers();
    const store = await context.world.images();
    const errors: unknown[] = [];
    await withImageTool(context, async ({ setup, run }) => {
      for (const word of operands) {
        try {
          const image = store.resolve(word);
          if (!image) {
            if (options.flag('force') || options.flag('ignore')) continue;
            throw new PodsteadError('IMAGE_NOT_FOUND', `there is no image ${JSON.stringify(word)}`, {
              remedy: 'podstead images lists them',
            });
          }
          checkRemovable(image, word, uses);
          const name = image.names.find((candidate) => store.resolve(word)?.id === image.id && sameName(candidate, word)) ?? image.id;
          const result = await run(rmiArgv(setup, name, options.flag('force')));
          if (result.exitCode !== 0) throw toolFailure(`rmi ${word}`, result);
          context.out.line(name === image.id ? `Deleted: ${image.id}` : `Untagged: ${name}`);
        } catch (error) {
          errors.push(error);
        }
      }
    });
    if (errors.length === 0) return 0;
    printErrors(context, errors);
    throw new SilentExit(1);
  },
};

/** `app`, `app:latest`, `localhost/app` … */
const sameName = (full: string, word: string): boolean => {
  const ending = word.includes('@') || /:[^/]*$/.test(word) ? word : `${word}:latest`;
  return full === ending || full.endsWith(`/${ending}`);
};
