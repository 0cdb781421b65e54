/** `podstead build` */
import { resolve } from 'node:path';
import { PodsteadError } from '../../api/errors.ts';
import { buildArgv, localName } from '../../images/buildah.ts';
import type { Command } from '../command.ts';
import { withImageTool } from '../image-tool.ts';

export const build: Command = {
  name: 'build',
  operands: '[context]',
  description:
    'CONTEXT is a directory with a Containerfile or Dockerfile, "." if not given. A name without a registry becomes localhost/NAME.',
  options: [
    { flags: '-t, --tag <name>', help: "the image's name", many: true },
    { flags: '-f, --file <file>', help: 'the Containerfile, if it is another one' },
    { flags: '--build-arg <name=value>', help: 'value of an ARG', many: true },
    { flags: '--target <stage>', help: 'stop at this stage' },
    { flags: '--label <name=value>', help: 'label of the image', many: true },
    { flags: '--no-cache', help: 'do every step again' },
    { flags: '--pull [always|missing|never|newer]', help: 'get the images it is built from', bare: 'always', default: 'missing' },
    { flags: '--platform <os/arch>', help: 'for another platform' },
    { flags: '--iidfile <file>', help: "write the image's id there" },
    { flags: '-q, --quiet', help: "print only the image's id" },
  ],
  examples: [['a directory', 'podstead build -t hello:1 images/hello']],
  async run(context, { operands, options }) {
    const at = (path: string) => resolve(context.cwd, path);
    const file = options.text('file');
    const idFile = options.text('iidfile');
    const target = options.text('target');
    const platform = options.text('platform');
    const wish = {
      context: at(operands[0] ?? '.'),
      tags: options.list('tag').map(localName),
      buildArgs: options.list('build-arg'),
      labels: options.list('label'),
      pull: options.choice('pull', ['always', 'missing', 'never', 'newer']) ?? ('missing' as const),
      noCache: options.flag('no-cache'),
      quiet: options.flag('quiet'),
      ...(file === undefined ? {} : { file: at(file) }),
      ...(idFile === undefined ? {} : { idFile: at(idFile) }),
      ...(target === undefined ? {} : { target }),
      ...(platform === undefined ? {} : { platform }),
    };
    const code = await withImageTool(context, ({ setup, show }) => show(buildArgv(setup, wish)));
    if (code !== 0)
      throw new PodsteadError('TOOL_FAILED', `the build of ${operands[0] ?? '.'} failed`, { remedy: 'buildah said why above' });
    return 0;
  },
};
