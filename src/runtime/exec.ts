/** Running a command in a container that runs: argument lists and the process that the runtime is told to make. Pure. */
import { type RuntimeLayout, runtimeArgv } from './commands.ts';
import type { OciConfig, OciProcess } from './oci.ts';

export interface ExecWish {
  args: readonly string[];
  tty?: boolean;
  /** More variables, `NAME=value`. */
  env?: readonly string[];
  workdir?: string;
}

/**
 * The container's own process with another command: same user, groups, capabilities, directory and no_new_privs. The runtime's
 * options would give root, and no groups.
 */
export function execProcess(config: OciConfig, wish: ExecWish): OciProcess {
  const { terminal: _, ...own } = config.process;
  const env = new Map([...own.env, ...(wish.env ?? [])].map((entry) => [entry.slice(0, entry.indexOf('=', 1)), entry]));
  if (wish.tty && !env.has('TERM')) env.set('TERM', 'TERM=xterm');
  return {
    ...own,
    ...(wish.tty ? { terminal: true } : {}),
    args: [...wish.args],
    env: [...env.values()],
    cwd: wish.workdir ?? own.cwd,
  };
}

export interface ExecFiles {
  id: string;
  /** Holds the process (execProcess) as JSON. */
  processFile: string;
  /** Gets the reason when the command could not be started. */
  log: string;
  tty?: boolean;
  /** Gets the command's pid. */
  pidFile?: string;
}

export const execArgv = (layout: RuntimeLayout, files: ExecFiles): [string, ...string[]] => [
  ...runtimeArgv(layout),
  `--log=${files.log}`,
  'exec',
  ...(files.tty ? ['--tty'] : []),
  ...(files.pidFile === undefined ? [] : ['--pid-file', files.pidFile]),
  '--process',
  files.processFile,
  files.id,
];

/** The runtime hands a terminal's size on at the start only: this does it afterwards. `pid` is what the pid file holds. */
export const resizeArgv = (pid: number, size: { rows: number; columns: number }): [string, ...string[]] => [
  'stty',
  '-F',
  `/proc/${pid}/fd/0`,
  'rows',
  String(size.rows),
  'cols',
  String(size.columns),
];

export interface ExecFailure {
  /** As docker: 127 for a command that is not there, 126 for one that cannot be run, 125 otherwise. */
  exitCode: 125 | 126 | 127;
  message: string;
}

/** Why the command could not be started, from the runtime's log; undefined when it ran. */
export function execFailure(log: string): ExecFailure | undefined {
  const message = log
    .split('\n')
    .map((line) => /level=error .*?msg="(.*)"/.exec(line)?.[1] ?? (/level=\w+ /.test(line) ? '' : line))
    .filter((line) => line.trim() !== '' && !/unknown seccomp syscall/.test(line))
    .join('\n')
    .trim();
  if (message === '') return undefined;
  if (/No such file or directory|not found in \$PATH/i.test(message) && /exec/i.test(message)) return { exitCode: 127, message };
  if (/permission denied|not permitted|exec format error/i.test(message)) return { exitCode: 126, message };
  return { exitCode: 125, message };
}
