/** The mounts of a container: the ones every container has, and the binds of its pod. */
import { posix } from 'node:path';
import type { OciMount } from './oci.ts';

export type Propagation = 'None' | 'HostToContainer' | 'Bidirectional';

/** A file or directory of ours in the container's tree. Mounted in the order given, after the standard mounts. */
export interface Bind {
  source: string;
  /** Absolute path in the container. */
  destination: string;
  readOnly?: boolean;
  /** Also what is mounted below: needs a kernel with mount_setattr(2), 5.12. */
  recursiveReadOnly?: boolean;
  propagation?: Propagation;
}

const PROPAGATION: Record<Propagation, string> = { None: 'rprivate', HostToContainer: 'rslave', Bidirectional: 'rshared' };

export const bindMount = (bind: Bind): OciMount => ({
  destination: bind.destination,
  type: 'bind',
  source: bind.source,
  options: ['rbind', PROPAGATION[bind.propagation ?? 'None'], bind.recursiveReadOnly ? 'rro' : bind.readOnly ? 'ro' : 'rw'],
});

export interface StandardMounts {
  hostNetwork: boolean;
  /** The host's processes are in view: its /proc has to be bound, a fresh one may not be mounted. */
  hostPid: boolean;
  /** /sys and the cgroups may be written: for privileged containers. */
  writable: boolean;
  /** The pod's /dev/shm. */
  shm: string;
}

function procMount(hostPid: boolean): OciMount {
  if (hostPid) return { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev'] };
  return { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] };
}

/** A fresh sysfs shows one's own network: only for who owns that. Others get the host's, read-only all the way down. */
function sysMount({ hostNetwork, writable }: StandardMounts): OciMount {
  if (hostNetwork) {
    return { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev', 'rro'] };
  }
  return { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', writable ? 'rw' : 'ro'] };
}

export function standardMounts(input: StandardMounts): OciMount[] {
  return [
    procMount(input.hostPid),
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    sysMount(input),
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', input.writable && !input.hostNetwork ? 'rw' : 'ro'],
    },
    { destination: '/dev/shm', type: 'bind', source: input.shm, options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev', 'rw'] },
  ];
}

/**
 * The whole list in the order of mounting: parents before what lies in them, a bind instead of the standard mount of the same
 * place (a volume on /dev/shm), the last bind for a place that is named twice.
 */
export function containerMounts(standard: StandardMounts, binds: readonly Bind[]): OciMount[] {
  const byPlace = new Map<string, OciMount>();
  for (const mount of [...standardMounts(standard), ...binds.map(bindMount)]) {
    const destination = posix.resolve('/', mount.destination);
    byPlace.delete(destination);
    byPlace.set(destination, { ...mount, destination });
  }
  const depth = (mount: OciMount): number => mount.destination.split('/').length;
  // stable: mounts of one depth stay in the order given
  return [...byPlace.values()].sort((a, b) => depth(a) - depth(b));
}

/** Shadowed in every container that has its own /proc, unless procMount is Unmasked. */
export const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
] as const;

export const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'] as const;
