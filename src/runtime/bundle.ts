/** config.json of the two kinds of containers: the infra container that owns a pod's namespaces, and the containers that join them. */
import { posix } from 'node:path';
import { type CapabilityChanges, capabilitySet, ociCapabilities } from './capabilities.ts';
import { type Bind, containerMounts, MASKED_PATHS, READONLY_PATHS } from './mounts.ts';
import type { OciConfig, OciHook, OciMount, OciNamespace, OciResources, OciRlimit, OciSeccomp } from './oci.ts';
import { type ImageProcess, processArgs, processEnv } from './process-args.ts';

const OCI_VERSION = '1.0.2';
const BPF_ANNOTATION = 'run.oci.seccomp_bpf_data';

/** A container's tree: mounted already at `path`, or an overlay that the runtime mounts over an empty directory `path`. */
export type RootSource = { path: string } | { path: string; overlay: string[] };

/** Who a process runs as: ids are of the user namespace. */
export interface ProcessUser {
  uid: number;
  gid: number;
  additionalGids: readonly number[];
  home: string;
}

export interface ContainerSecurity {
  privileged?: boolean;
  readOnlyRoot?: boolean;
  /** Only an explicit false sets no_new_privs. */
  allowPrivilegeEscalation?: boolean;
  capabilities?: CapabilityChanges;
  /** procMount: Unmasked, or privileged: nothing of /proc and /sys is masked, if it may be. */
  unmasked?: boolean;
}

export interface ContainerNamespaces {
  /** In the holder's PID namespace, which is the host's. */
  infraPid: number;
  hostNetwork?: boolean;
  hostIpc?: boolean;
  hostPid?: boolean;
  /** shareProcessNamespace */
  sharedPid?: boolean;
}

export interface ContainerInput {
  root: RootSource;
  image: ImageProcess & { env: readonly string[]; workdir?: string };
  /** Already expanded. */
  command?: readonly string[];
  args?: readonly string[];
  /** `NAME=value`, already expanded; the image's are added below it. */
  env: readonly string[];
  hostname: string;
  workdir?: string;
  user: ProcessUser;
  tty?: boolean;
  security: ContainerSecurity;
  namespaces: ContainerNamespaces;
  /** The pod's /dev/shm on the host. */
  shm: string;
  binds: readonly Bind[];
  cgroupsPath: string;
  resources: OciResources;
  oomScoreAdj: number;
  rlimits?: readonly OciRlimit[];
  /**
   * May privileged containers write /sys and what is otherwise masked of /proc? Not when the namespace's root is the host's: those
   * files are root's, and their owner needs no capability to write them.
   */
  mayUnmask?: boolean;
  seccomp: OciSeccomp;
  /** The same profile compiled, base64: runtimes that know the annotation skip the compilation. */
  seccompBpf?: string;
}

/** Joined by path; what the pod shares with the host is not mentioned, and so stays that of the caller. */
function containerNamespaces({ infraPid, hostNetwork, hostIpc, hostPid, sharedPid }: ContainerNamespaces): OciNamespace[] {
  const of = (type: OciNamespace['type'], name: string): OciNamespace => ({ type, path: `/proc/${infraPid}/ns/${name}` });
  return [
    ...(hostPid ? [] : [sharedPid ? of('pid', 'pid') : { type: 'pid' as const }]),
    ...(hostNetwork ? [] : [of('network', 'net')]),
    ...(hostIpc ? [] : [of('ipc', 'ipc')]),
    of('uts', 'uts'),
    { type: 'mount' },
    { type: 'cgroup' },
  ];
}

function rootMounts(root: RootSource): OciMount[] {
  return 'overlay' in root ? [{ destination: '/', type: 'overlay', source: 'overlay', options: root.overlay }] : [];
}

/** Throws CONTAINER_CREATE when there is nothing to run or a capability has no meaning. */
export function containerConfig(input: ContainerInput): OciConfig {
  const { security, namespaces } = input;
  const privileged = security.privileged ?? false;
  const open = (privileged || (security.unmasked ?? false)) && (input.mayUnmask ?? false);
  const bidirectional = input.binds.some((bind) => bind.propagation === 'Bidirectional');
  return {
    ociVersion: OCI_VERSION,
    process: {
      ...(input.tty ? { terminal: true } : {}),
      user: { uid: input.user.uid, gid: input.user.gid, additionalGids: [...input.user.additionalGids] },
      args: processArgs(input.image, input.command, input.args),
      env: processEnv({
        image: input.image.env,
        container: input.env,
        hostname: input.hostname,
        tty: input.tty ?? false,
        home: input.user.home,
      }),
      cwd: input.workdir || input.image.workdir || '/',
      capabilities: ociCapabilities(capabilitySet(security.capabilities ?? {}, privileged)),
      ...(input.rlimits?.length ? { rlimits: [...input.rlimits] } : {}),
      noNewPrivileges: security.allowPrivilegeEscalation === false,
      oomScoreAdj: input.oomScoreAdj,
    },
    root: { path: input.root.path, readonly: security.readOnlyRoot ?? false },
    mounts: [
      ...rootMounts(input.root),
      ...containerMounts(
        {
          hostNetwork: namespaces.hostNetwork ?? false,
          hostPid: namespaces.hostPid ?? false,
          writable: privileged && (input.mayUnmask ?? false),
          shm: input.shm,
        },
        input.binds,
      ),
    ],
    ...(input.seccompBpf ? { annotations: { [BPF_ANNOTATION]: input.seccompBpf } } : {}),
    linux: {
      namespaces: containerNamespaces(namespaces),
      cgroupsPath: input.cgroupsPath,
      resources: input.resources,
      maskedPaths: open ? [] : [...MASKED_PATHS],
      readonlyPaths: open ? [] : [...READONLY_PATHS],
      seccomp: input.seccomp,
      ...(bidirectional ? { rootfsPropagation: 'rshared' } : {}),
    },
  };
}

export interface InfraInput {
  /** A directory with nothing but `catatonit` in it. */
  rootfs: string;
  hostname: string;
  hostNetwork?: boolean;
  hostIpc?: boolean;
  hostPid?: boolean;
  /** shareProcessNamespace: the infra container becomes process 1 of the pod and reaps. */
  sharedPid?: boolean;
  /** `ip -batch` file that makes the pod's interface; not with hostNetwork. */
  netFile?: string;
  sysctls?: Readonly<Record<string, string>>;
  cgroupsPath: string;
  oomScoreAdj: number;
  /** Absolute paths on the host. */
  tools: { sh: string; ip: string };
}

/**
 * Runs in the pod's network before the root changes, so host paths work. It must read its standard input first: a runtime that is
 * still writing the state to a hook that has ended dies of it.
 */
const networkHook = (netFile: string, { sh, ip }: InfraInput['tools']): OciHook => ({
  path: sh,
  args: [posix.basename(sh), '-c', 'read -r _; exec "$1" -force -batch "$0"', netFile, ip],
});

/** What containerd 2 sets in every pod network of its own: any user may bind low ports and send pings. */
export function podSysctls(gidMap: string): Record<string, string> {
  // lines of /proc/self/gid_map: first id inside, first outside, how many
  const last = gidMap
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .reduce((end, [inside = 0, , count = 0]) => (inside === end ? inside + count : end), 0);
  return {
    'net.ipv4.ip_unprivileged_port_start': '0',
    ...(last > 0 ? { 'net.ipv4.ping_group_range': `0 ${Math.min(last, 2147483647) - 1}` } : {}),
  };
}

export function infraConfig(input: InfraInput): OciConfig {
  const { hostNetwork, hostIpc, hostPid, netFile } = input;
  return {
    ociVersion: OCI_VERSION,
    process: {
      user: { uid: 0, gid: 0 },
      args: ['/catatonit', '-P'],
      env: [],
      cwd: '/',
      capabilities: { bounding: [], effective: [], permitted: [] },
      noNewPrivileges: true,
      oomScoreAdj: input.oomScoreAdj,
    },
    root: { path: input.rootfs, readonly: true },
    hostname: input.hostname,
    mounts: [{ destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec', 'mode=755', 'size=64k'] }],
    ...(netFile !== undefined && !hostNetwork ? { hooks: { createContainer: [networkHook(netFile, input.tools)] } } : {}),
    linux: {
      namespaces: [
        ...(hostPid ? [] : [{ type: 'pid' as const }]),
        ...(hostNetwork ? [] : [{ type: 'network' as const }]),
        ...(hostIpc ? [] : [{ type: 'ipc' as const }]),
        { type: 'uts' },
        { type: 'mount' },
      ],
      cgroupsPath: input.cgroupsPath,
      ...(input.sysctls && Object.keys(input.sysctls).length > 0 ? { sysctl: { ...input.sysctls } } : {}),
    },
  };
}
