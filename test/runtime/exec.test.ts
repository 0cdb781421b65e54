import assert from 'node:assert/strict';
import { type ExecFailure, type ExecWish, execArgv, execFailure, execProcess, resizeArgv } from '../../src/runtime/exec.ts';
import type { OciConfig, OciProcess } from '../../src/runtime/oci.ts';

const own = (): OciProcess => ({
  terminal: true,
  user: { uid: 1, gid: 2, additionalGids: [3] },
  args: ['serve'],
  env: ['PATH=/bin', 'A=1'],
  cwd: '/w',
  noNewPrivileges: true,
});
const config: OciConfig = {
  ociVersion: '1.0.2',
  process: own(),
  root: { path: '/r' },
  mounts: [],
  linux: { namespaces: [], cgroupsPath: '/x' },
};

describe('exec', () => {
  const rows: { name: string; wish: ExecWish; want: Partial<OciProcess> }[] = [
    { name: 'the container\u2019s own process with another command', wish: { args: ['ls', ''] }, want: { args: ['ls', ''] } },
    {
      name: 'a terminal',
      wish: { args: ['sh'], tty: true },
      want: { args: ['sh'], terminal: true, env: ['PATH=/bin', 'A=1', 'TERM=xterm'] },
    },
    {
      name: 'a terminal of another kind',
      wish: { args: ['sh'], tty: true, env: ['TERM=vt100'] },
      want: { args: ['sh'], terminal: true, env: ['PATH=/bin', 'A=1', 'TERM=vt100'] },
    },
    {
      name: 'variables and a directory',
      wish: { args: ['sh'], env: ['A=2', 'B='], workdir: '/d' },
      want: { args: ['sh'], env: ['PATH=/bin', 'A=2', 'B='], cwd: '/d' },
    },
  ];
  for (const { name, wish, want } of rows)
    it(name, () => {
      const { terminal: _, ...base } = own();
      assert.deepEqual(execProcess(config, wish), { ...base, ...want });
    });

  it('arguments', () => {
    const layout = {
      runtime: '/r/crun',
      root: '/r/state',
      cgroupManager: 'disabled' as const,
      conmon: '/conmon',
      exits: '/e',
      sockets: '/s',
      exitCommand: ['true'] as [string],
    };
    const start = ['/r/crun', '--root=/r/state', '--cgroup-manager=disabled', '--log=/l', 'exec'];
    assert.deepEqual(execArgv(layout, { id: 'c', processFile: '/p', log: '/l' }), [...start, '--process', '/p', 'c']);
    assert.deepEqual(execArgv(layout, { id: 'c', processFile: '/p', log: '/l', tty: true, pidFile: '/pid' }), [
      ...start,
      '--tty',
      '--pid-file',
      '/pid',
      '--process',
      '/p',
      'c',
    ]);
    assert.deepEqual(resizeArgv(7, { rows: 24, columns: 80 }), ['stty', '-F', '/proc/7/fd/0', 'rows', '24', 'cols', '80']);
  });

  const failures: [string, string, ExecFailure | undefined][] = [
    ['it ran', '', undefined],
    ['it ran, with a warning', 'unknown seccomp syscall `x` ignored\n', undefined],
    [
      'not there',
      'executable file `x` not found in $PATH: No such file or directory\n',
      { exitCode: 127, message: 'executable file `x` not found in $PATH: No such file or directory' },
    ],
    ['a directory', 'open executable: Operation not permitted', { exitCode: 126, message: 'open executable: Operation not permitted' }],
    [
      'no container',
      'error opening file `/r/state/c/status`: No such file or directory',
      { exitCode: 125, message: 'error opening file `/r/state/c/status`: No such file or directory' },
    ],
    [
      'runc',
      'time="2026-01-01T00:00:00Z" level=error msg="exec failed: exec: nope: executable file not found in $PATH"',
      { exitCode: 127, message: 'exec failed: exec: nope: executable file not found in $PATH' },
    ],
  ];
  for (const [name, log, want] of failures) it(`failure: ${name}`, () => assert.deepEqual(execFailure(log), want));
});
