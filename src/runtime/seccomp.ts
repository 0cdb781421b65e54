/** Seccomp profiles of containers: RuntimeDefault, a profile of the user's, and what is left for Unconfined. */
import { PodsteadError } from '../api/errors.ts';
import type { OciSeccomp, SeccompArgument, SeccompRule } from './oci.ts';
import { ALLOWED, ALLOWED_BY_ARCHITECTURE, ALLOWED_BY_CAPABILITY, KEYRING, REFUSED } from './seccomp-syscalls.ts';

const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
const NAMESPACE_FLAGS = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
/** What Linux, its 32-bit and its "no address randomisation for old programs" modes are called by personality(2). */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** By Node's names of processors. */
const ARCHITECTURES: Readonly<Record<string, string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
  riscv64: ['SCMP_ARCH_RISCV64'],
  s390x: ['SCMP_ARCH_S390X', 'SCMP_ARCH_S390'],
  ppc64: ['SCMP_ARCH_PPC64LE'],
};

const allow = (names: string[], args?: SeccompArgument[]): SeccompRule => ({ names, action: 'SCMP_ACT_ALLOW', ...(args ? { args } : {}) });
const refuse = (names: string[], errnoRet: number, args?: SeccompArgument[]): SeccompRule => ({
  names,
  action: 'SCMP_ACT_ERRNO',
  errnoRet,
  ...(args ? { args } : {}),
});

/** clone(2) without new namespaces. clone3 hides its flags in memory: ENOSYS makes libraries use clone. */
function cloneRules(arch: string): SeccompRule[] {
  const index = arch === 's390x' ? 1 : 0;
  const all = NAMESPACE_FLAGS.reduce((sum, flag) => sum + flag, 0);
  return [
    allow(['clone'], [{ index, value: all, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]),
    ...NAMESPACE_FLAGS.map((flag) => refuse(['clone'], EPERM, [{ index, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }])),
    refuse(['clone3'], ENOSYS),
  ];
}

/**
 * The profile for containers that do not ask for another one. It depends on the capabilities (full names) and the processor
 * (`process.arch`). A call that it forbids fails with EPERM, one that it has never heard of with ENOSYS.
 */
export function runtimeDefaultProfile(capabilities: readonly string[], arch: string): OciSeccomp {
  const granted = new Set([...ALLOWED, ...(ALLOWED_BY_ARCHITECTURE[arch] ?? [])]);
  for (const capability of capabilities) for (const name of ALLOWED_BY_CAPABILITY[capability] ?? []) granted.add(name);
  const known = [...Object.values(ALLOWED_BY_CAPABILITY).flat(), ...REFUSED].filter((name) => name !== 'clone' && name !== 'clone3');
  const refused = new Set(known.filter((name) => !granted.has(name)));
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    ...(ARCHITECTURES[arch] ? { architectures: ARCHITECTURES[arch] } : {}),
    syscalls: [
      allow([...granted].sort()),
      refuse([...refused].sort(), EPERM),
      ...PERSONALITIES.map((value) => allow(['personality'], [{ index: 0, value, op: 'SCMP_CMP_EQ' }])),
      allow(['socket'], [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }]),
      refuse(['socket'], EPERM, [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_EQ' }]),
      ...(granted.has('clone') ? [] : cloneRules(arch)),
    ],
  };
}

/**
 * Unconfined and privileged: everything but the kernel's keys, since all containers of a user share one session keyring. ENOSYS is
 * what a kernel without keys answers; nested runtimes cope with that.
 */
export const unconfinedProfile = (arch: string): OciSeccomp => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  ...(ARCHITECTURES[arch] ? { architectures: ARCHITECTURES[arch] } : {}),
  syscalls: [refuse([...KEYRING], ENOSYS)],
});

/** A profile from a file of the user's (type Localhost). Throws CONTAINER_CREATE. */
export function parseProfile(text: string, file: string): OciSeccomp {
  const wrong = (why: string, cause?: unknown) =>
    new PodsteadError('CONTAINER_CREATE', `cannot use the seccomp profile ${file}: ${why}`, {
      remedy: 'it must be JSON of the form that OCI runtimes read (linux.seccomp)',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('it is not an object');
  if (typeof Reflect.get(value, 'defaultAction') !== 'string') throw wrong('"defaultAction" is missing');
  return value as OciSeccomp;
}
