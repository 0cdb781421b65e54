/** What went wrong with a tool, in words. Pure. */
import { PodsteadError } from '../api/errors.ts';

export type Argv = readonly [string, ...string[]];

/** Debian's package for each program, where its name is another one. */
const PACKAGES: Record<string, string> = {
  pasta: 'passt',
  dnsmasq: 'dnsmasq-base',
  nft: 'nftables',
  ip: 'iproute2',
  newuidmap: 'uidmap',
  newgidmap: 'uidmap',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  flock: 'util-linux',
  setsid: 'util-linux',
  'systemd-socket-activate': 'systemd',
  'systemd-socket-proxyd': 'systemd',
};

export const packageOf = (program: string): string => PACKAGES[program] ?? program;

const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

export const toolMissing = (program: string, cause?: unknown): PodsteadError =>
  new PodsteadError('TOOL_MISSING', `${baseName(program)} is not installed`, {
    remedy: `sudo apt-get install ${packageOf(baseName(program))}`,
    ...(cause === undefined ? {} : { cause }),
  });

const TAIL_LINES = 20;
const TAIL_CHARS = 2_000;

/** The last lines of what a tool said. */
export const tail = (text: string): string => text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n').slice(-TAIL_CHARS);

/** A command line for people: quoted where a shell would need it, long ones cut. */
export const describe = (argv: Argv): string => {
  const text = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
  return text.length <= 300 ? text : `${text.slice(0, 297)}…`;
};

export interface Ending {
  exitCode?: number | undefined;
  signal?: string | undefined;
  stderr: string;
}

export const toolFailed = (argv: Argv, ending: Ending, cause?: unknown): PodsteadError => {
  const how = ending.signal === undefined ? `exit ${ending.exitCode ?? '?'}` : ending.signal;
  const said = tail(ending.stderr);
  return new PodsteadError(
    'TOOL_FAILED',
    `${describe(argv)}: ${how}${said === '' ? '' : `\n${said}`}`,
    cause === undefined ? {} : { cause },
  );
};

export const toolTimeout = (argv: Argv, timeoutMs: number, stderr: string): PodsteadError => {
  const said = tail(stderr);
  return new PodsteadError('TOOL_TIMEOUT', `${describe(argv)}: not done after ${timeoutMs} ms${said === '' ? '' : `\n${said}`}`);
};
