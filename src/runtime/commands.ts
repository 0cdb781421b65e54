/**
 * Shell text for the worker shells: the functions that are loaded once (`prelude`) and the line of each job. Every argument is
 * quoted; no job leaves the worker's directory changed or holds its pipes.
 *
 * Files of a job in the bundle: `err` what the tools said, `failure` the runtime's own reason, `pid`, `conmon.pid`, and `refs`,
 * the stat lines of both processes, read while the container is sure to live.
 */
import { quote, quoteAll } from '../host/worker.ts';

export type CgroupManager = 'disabled' | 'cgroupfs' | 'systemd';

export interface RuntimeLayout {
  /** The OCI runtime, on a read-only mount where it is crun. */
  runtime: string;
  /** Its state directory. */
  root: string;
  cgroupManager: CgroupManager;
  conmon: string;
  exits: string;
  sockets: string;
  /** Run by conmon when a container has ended, with the container's id as the last argument. */
  exitCommand: readonly [string, ...string[]];
}

const runtimeArgs = ({ root, cgroupManager }: RuntimeLayout): string[] => [`--root=${root}`, `--cgroup-manager=${cgroupManager}`];

/** The runtime's name and its global options. */
export const runtimeArgv = (layout: RuntimeLayout): [string, ...string[]] => [layout.runtime, ...runtimeArgs(layout)];

const conmonOptions = (layout: RuntimeLayout): string[] => [
  '--api-version=1',
  '--full-attach',
  '--no-sync-log',
  '--no-new-keyring',
  `--exit-dir=${layout.exits}`,
  `--socket-dir-path=${layout.sockets}`,
  `--runtime=${layout.runtime}`,
  ...runtimeArgs(layout).map((arg) => `--runtime-arg=${arg}`),
  ...(layout.cgroupManager === 'systemd' ? ['--systemd-cgroup'] : []),
  ...(([command, ...args]) => [`--exit-command=${command}`, ...args.map((arg) => `--exit-command-arg=${arg}`)])(layout.exitCommand),
];

/**
 * `ps_rt ARG…`: the runtime. `ps_ref PIDFILE…`: their stat lines. `ps_mk ID BUNDLE LOG [OPTION…]`: conmon makes the container; a real
 * pipe tells when (conmon holds it as long as the container lives, so only its first line is read).
 */
export function prelude(layout: RuntimeLayout): string {
  return [
    `ps_rt() { ${quoteAll(runtimeArgv(layout))} "$@" </dev/null >/dev/null; }`,
    `ps_ref() { for f; do p=; read -r p <"$f" || test -n "$p" && read -r s <"/proc/$p/stat" && printf '%s\\n' "$s" || return; done; }`,
    `ps_mk() { i=$1 b=$2 l=$3; shift 3; { _OCI_SYNCPIPE=5 ${quoteAll([layout.conmon, ...conmonOptions(layout)])} --exit-command-arg="$i" ` +
      `-c "$i" -u "$i" -n "$i" -b "$b" -p "$b/pid" -P "$b/conmon.pid" -l "k8s-file:$l" "$@" </dev/null 5>&1 >/dev/null 2>"$b/err"; } | ` +
      `{ read -r j || j=; case $j in *'"data": -1'*|*'"data":-1'*|'') printf '%s\\n' "$j" >"$b/failure"; exit 1;; esac; }; }`,
    `ps_drop() { ${quoteAll(runtimeArgv(layout))} delete -f "$1" </dev/null >/dev/null 2>&1; return 1; }`,
    '',
  ].join('\n');
}

/** The infra container, with its network (by the hook in its bundle), running when the job ends well. */
export function infraJob(id: string, bundle: string): string {
  const b = quote(bundle);
  return (
    `{ ps_rt run -d --no-new-keyring --bundle ${b} --pid-file ${quote(`${bundle}/pid`)} ${quote(id)} 2>${quote(`${bundle}/err`)} && ` +
    `ps_ref ${quote(`${bundle}/pid`)} >${quote(`${bundle}/refs`)}; } || ps_drop ${quote(id)}`
  );
}

export interface OverlayMount {
  /** Directory that the lower directories are relative to: the image store's `overlay`. */
  base: string;
  /** Topmost first. */
  lower: readonly string[];
  upper: string;
  work: string;
  target: string;
}

/**
 * Options for mount(2). `volatile`: nothing of a container's own layer outlives the container, so that no fsync in it and no
 * unmount of it has to wait for the disk.
 */
export const overlayOptions = (mount: Omit<OverlayMount, 'base' | 'target'>): string[] => [
  `lowerdir=${mount.lower.join(':')}`,
  `upperdir=${mount.upper}`,
  `workdir=${mount.work}`,
  'userxattr',
  'volatile',
];

/**
 * `cd`: by their short names forty and more layers fit into the one page that mount(2) takes. The variable: newer versions of mount
 * hand the options over one by one, of which each may have 255 bytes.
 */
export function mountJob(mount: OverlayMount, errFile: string): string {
  const options = quote(overlayOptions(mount).join(','));
  return (
    `cd ${quote(mount.base)} 2>${quote(errFile)} && LIBMOUNT_FORCE_MOUNT2=always mount -n -i -t overlay overlay -o ${options} ` +
    `${quote(mount.target)} </dev/null >/dev/null 2>${quote(errFile)}; r=$?; cd /; test $r = 0`
  );
}

export interface StartInput {
  id: string;
  bundle: string;
  log: string;
  tty?: boolean;
  /** Keep the container's standard input open (a pipe without a writer), as `stdin: true` wants it. */
  stdin?: boolean;
  /** Also note the mount namespace (`mnt`): by that the container's processes are found in a shared PID namespace. */
  noteMounts?: boolean;
}

/** Makes and starts a container. When it cannot, nothing of it is left. */
export function startJob({ id, bundle, log, tty, stdin, noteMounts }: StartInput): string {
  const options = [...(tty ? ['-t'] : []), ...(stdin ? ['-i'] : [])];
  const files = `${quote(`${bundle}/pid`)} ${quote(`${bundle}/conmon.pid`)}`;
  const note = noteMounts ? ` && readlink "/proc/$(cat ${quote(`${bundle}/pid`)})/ns/mnt" >${quote(`${bundle}/mnt`)}` : '';
  return (
    `{ ps_mk ${quoteAll([id, bundle, log, ...options])} && ps_ref ${files} >${quote(`${bundle}/refs`)}${note} && ` +
    `ps_rt start ${quote(id)} 2>>${quote(`${bundle}/err`)}; } || ps_drop ${quote(id)}`
  );
}

export interface CleanupInput {
  ids: readonly string[];
  /** Mounted directories, inner ones first. */
  mounts: readonly string[];
  /** Removed with what is in them, after the unmounting. */
  directories: readonly string[];
  errFile: string;
}

/** For containers that have ended. With a cgroup manager the runtime removes the cgroups, otherwise its state is only files. */
export function cleanupJob(layout: RuntimeLayout, { ids, mounts, directories, errFile }: CleanupInput): string {
  const err = `2>>${quote(errFile)}`;
  const unmount = mounts.length > 0 ? [`{ umount -n ${quoteAll(mounts)} ${err} || umount -n -l ${quoteAll(mounts)} ${err} || :; }`] : [];
  const forget = layout.cgroupManager === 'disabled' ? [] : ids.map((id) => `ps_rt delete -f ${quote(id)} ${err}`);
  const state = layout.cgroupManager === 'disabled' ? ids.map((id) => `${layout.root}/${id}`) : [];
  // --one-file-system: what could not be unmounted is not emptied
  const trees = [...state, ...directories];
  const remove = trees.length > 0 ? [`rm -rf --one-file-system -- ${quoteAll(trees)} ${err}`] : [];
  return [...unmount, ...forget, ...remove].join('; ') || ':';
}
