/** What a container runs: command and args of the manifest over ENTRYPOINT and CMD of the image. */
import { PodsteadError } from '../api/errors.ts';

export interface ImageProcess {
  entrypoint: readonly string[];
  cmd: readonly string[];
}

/** `command` replaces ENTRYPOINT and drops CMD; `args` replaces CMD. Throws CONTAINER_CREATE when nothing is left to run. */
export function processArgs(image: ImageProcess, command: readonly string[] = [], args: readonly string[] = []): string[] {
  const entry = command.length > 0 ? command : image.entrypoint;
  const rest = args.length > 0 || command.length > 0 ? args : image.cmd;
  const all = [...entry, ...rest];
  if (all.length > 0) return all;
  throw new PodsteadError('CONTAINER_CREATE', 'no command specified', {
    remedy: 'the image has neither ENTRYPOINT nor CMD: give the container a command',
  });
}

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface EnvironmentInput {
  /** `NAME=value`, in order: later ones win, the place of the first is kept. */
  image?: readonly string[];
  container?: readonly string[];
  hostname?: string;
  tty?: boolean;
  home: string;
}

/** The environment of a process, as containerd puts it together: PATH, TERM and HOSTNAME below the image's, below the container's. */
export function processEnv(input: EnvironmentInput): string[] {
  const values = new Map<string, string>();
  const add = (entry: string): void => {
    const at = entry.indexOf('=', 1);
    // a name without a value is not a variable: execve would pass it on, no program could read it
    if (at > 0) values.set(entry.slice(0, at), entry.slice(at + 1));
  };
  add(DEFAULT_PATH);
  if (input.tty) add('TERM=xterm');
  if (input.hostname !== undefined) add(`HOSTNAME=${input.hostname}`);
  for (const entry of input.image ?? []) add(entry);
  for (const entry of input.container ?? []) add(entry);
  if (!values.has('HOME')) values.set('HOME', input.home);
  return [...values].map(([name, value]) => `${name}=${value}`);
}
