/** Where the tools are that do the work. Found once; also in places that are not on a user's PATH. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { packageOf, toolMissing } from './tool-error.ts';

/** Our name for each → the programs that will do, best first. */
const PROGRAMS = {
  sh: ['dash', 'sh'],
  crun: ['crun'],
  runc: ['runc'],
  conmon: ['conmon'],
  buildah: ['buildah'],
  catatonit: ['catatonit'],
  fuseOverlayfs: ['fuse-overlayfs'],
  pasta: ['pasta'],
  slirp4netns: ['slirp4netns'],
  dnsmasq: ['dnsmasq'],
  ip: ['ip'],
  nft: ['nft'],
  nsenter: ['nsenter'],
  unshare: ['unshare'],
  setpriv: ['setpriv'],
  flock: ['flock'],
  mount: ['mount'],
  umount: ['umount'],
  newuidmap: ['newuidmap'],
  newgidmap: ['newgidmap'],
  systemdRun: ['systemd-run'],
  socketActivate: ['systemd-socket-activate'],
  socketProxyd: ['systemd-socket-proxyd'],
  socat: ['socat'],
} as const satisfies Record<string, readonly string[]>;

export type ToolName = keyof typeof PROGRAMS;
/** Absolute paths; a tool that is not installed is undefined. */
export type Tools = { readonly [name in ToolName]: string | undefined };
export const toolNames = Object.keys(PROGRAMS) as ToolName[];

/** The program a tool is known by to packages and people. */
export const programName = (name: ToolName): string => PROGRAMS[name][0];

const EXTRA = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/libexec/podman', '/usr/lib/podman', '/usr/lib/systemd', '/lib/systemd'];
const USUAL = '/usr/local/bin:/usr/bin:/bin';

/** PATH and the places beside it, each once. Relative entries are left out: what they mean changes with the directory. */
export const toolPath = (path: string | undefined): string =>
  [...new Set([...(path || USUAL).split(delimiter).filter((entry) => isAbsolute(entry)), ...EXTRA])].join(delimiter);

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

export const findTools = (env: NodeJS.ProcessEnv, usable: (file: string) => boolean = isProgram): Tools => {
  const directories = toolPath(env['PATH']).split(delimiter);
  const find = (programs: readonly string[]) =>
    programs.flatMap((program) => directories.map((directory) => join(directory, program))).find((file) => usable(file));
  return Object.fromEntries(Object.entries(PROGRAMS).map(([name, programs]) => [name, find(programs)])) as Record<
    ToolName,
    string | undefined
  >;
};

/** Throws TOOL_MISSING with the package that brings it. */
export const requireTool = (tools: Tools, name: ToolName): string => {
  const file = tools[name];
  if (file === undefined) throw toolMissing(programName(name));
  return file;
};

/** Without these no pod can be run; crun or runc comes on top. */
export const REQUIRED: readonly ToolName[] = ['conmon', 'buildah', 'catatonit', 'ip', 'dnsmasq', 'nsenter', 'unshare', 'flock', 'mount'];

export const missingTools = (tools: Tools): ToolName[] => [
  ...REQUIRED.filter((tool) => tools[tool] === undefined),
  ...(tools.crun === undefined && tools.runc === undefined ? (['crun'] as const) : []),
];

/** The command that brings them. */
export const installTools = (names: readonly ToolName[]): string =>
  `sudo apt-get install ${[...new Set(names.map((name) => packageOf(programName(name))))].join(' ')}`;

/** For who starts the engine: it could only die of it, where nobody sees that. Throws TOOL_MISSING with all that are. */
export const requireAll = (tools: Tools): void => {
  const missing = missingTools(tools);
  if (missing.length === 0) return;
  throw new PodsteadError('TOOL_MISSING', `not installed: ${missing.map(programName).join(', ')}`, { remedy: installTools(missing) });
};
