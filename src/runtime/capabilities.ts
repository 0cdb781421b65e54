/** Capability sets: containerd's default, what a manifest adds and drops, all of them for privileged containers. */
import { PodsteadError } from '../api/errors.ts';
import type { OciCapabilities } from './oci.ts';

/** What containerd gives to a container that asks for nothing. */
export const DEFAULT_CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
] as const;

/** All that Linux has, by number: the position in this list is the bit. */
export const ALL_CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

export interface CapabilityChanges {
  add?: readonly string[];
  drop?: readonly string[];
}

/** `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` are the same. */
const fullName = (name: string): string => {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
};
const isAll = (name: string): boolean => /^(CAP_)?ALL$/i.test(name);

const checked = (name: string): string => {
  const full = fullName(name);
  if ((ALL_CAPABILITIES as readonly string[]).includes(full)) return full;
  throw new PodsteadError('CONTAINER_CREATE', `unknown capability ${JSON.stringify(name)}`, {
    remedy: 'write it as in capabilities(7), for example NET_ADMIN',
  });
};

/**
 * The names, sorted by number. As in containerd: ALL in `add` starts from everything, ALL in `drop` from nothing (it wins), and then the
 * single names count, `drop` last. Throws CONTAINER_CREATE for a name that Linux does not have.
 */
export function capabilitySet(changes: CapabilityChanges, privileged = false): string[] {
  if (privileged) return [...ALL_CAPABILITIES];
  const add = changes.add ?? [];
  const drop = changes.drop ?? [];
  const start = drop.some(isAll) ? [] : add.some(isAll) ? ALL_CAPABILITIES : DEFAULT_CAPABILITIES;
  const names = new Set<string>(start);
  for (const name of add) if (!isAll(name)) names.add(checked(name));
  for (const name of drop) if (!isAll(name)) names.delete(checked(name));
  return ALL_CAPABILITIES.filter((name) => names.has(name));
}

/**
 * The sets of a process. Nothing is inheritable or ambient: a process that starts as another user than root has none in
 * effect, as with containerd; the bounding set then only says what a setuid program could get.
 */
export const ociCapabilities = (names: readonly string[]): OciCapabilities => ({
  bounding: [...names],
  effective: [...names],
  permitted: [...names],
});
