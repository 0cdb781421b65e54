import assert from 'node:assert/strict';
import { type EnvironmentInput, processArgs, processEnv } from '../../src/runtime/process-args.ts';

describe('process-args', () => {
  const full = { entrypoint: ['/entry', '-e'], cmd: ['c1', 'c2'] };
  const rows: { name: string; image?: typeof full; command?: string[]; args?: string[]; want: string[] }[] = [
    { name: 'neither: ENTRYPOINT and CMD', want: ['/entry', '-e', 'c1', 'c2'] },
    { name: 'args: ENTRYPOINT and args', args: ['a'], want: ['/entry', '-e', 'a'] },
    { name: 'command: CMD is dropped', command: ['run'], want: ['run'] },
    { name: 'both: nothing of the image', command: ['run'], args: ['a'], want: ['run', 'a'] },
    { name: 'empty lists count as not given', command: [], args: [], want: ['/entry', '-e', 'c1', 'c2'] },
    { name: 'an image with CMD only', image: { entrypoint: [], cmd: ['sh'] }, want: ['sh'] },
    { name: 'empty arguments stay', args: ['', ' '], want: ['/entry', '-e', '', ' '] },
  ];
  for (const { name, image, command, args, want } of rows)
    it(name, () => assert.deepEqual(processArgs(image ?? full, command, args), want));

  it('nothing to run is refused', () => {
    const nothing = { entrypoint: [], cmd: [] };
    assert.throws(() => processArgs(nothing), { code: 'CONTAINER_CREATE', message: 'no command specified' });
    assert.deepEqual(processArgs(nothing, [], ['a']), ['a']);
  });
});

describe('process-env', () => {
  const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const rows: { name: string; input: Partial<EnvironmentInput>; want: string[] }[] = [
    { name: 'nothing said', input: {}, want: [PATH, 'HOME=/h'] },
    { name: 'a terminal and a name', input: { tty: true, hostname: 'pod' }, want: [PATH, 'TERM=xterm', 'HOSTNAME=pod', 'HOME=/h'] },
    {
      name: 'the image over ours',
      input: { hostname: 'p', image: ['PATH=/bin', 'A=1'] },
      want: ['PATH=/bin', 'HOSTNAME=p', 'A=1', 'HOME=/h'],
    },
    {
      name: 'the container over the image',
      input: { image: ['A=1', 'B=2', 'HOME=/i'], container: ['A=x=y ', 'HOSTNAME=', 'C='] },
      want: [PATH, 'A=x=y ', 'B=2', 'HOME=/i', 'HOSTNAME=', 'C='],
    },
    {
      name: 'what is no variable is left out',
      input: { image: ['A', '=x', ''] },
      want: [PATH, 'HOME=/h'],
    },
  ];
  for (const { name, input, want } of rows) it(name, () => assert.deepEqual(processEnv({ home: '/h', ...input }), want));
});
