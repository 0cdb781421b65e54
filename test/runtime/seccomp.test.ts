import assert from 'node:assert/strict';
import { ALL_CAPABILITIES, DEFAULT_CAPABILITIES } from '../../src/runtime/capabilities.ts';
import type { OciSeccomp, SeccompRule } from '../../src/runtime/oci.ts';
import { parseProfile, runtimeDefaultProfile, unconfinedProfile } from '../../src/runtime/seccomp.ts';
import { ALLOWED, REFUSED } from '../../src/runtime/seccomp-syscalls.ts';

type Answer = 'allow' | number;

const matches = ({ args = [] }: SeccompRule, given: readonly number[]): boolean =>
  args.every(({ index, value, valueTwo = 0, op }) => {
    const is = given[index] ?? 0;
    if (op === 'SCMP_CMP_NE') return is !== value;
    return op === 'SCMP_CMP_MASKED_EQ' ? (BigInt(is) & BigInt(value)) === BigInt(valueTwo) : is === value;
  });

/** What a profile answers to a call, as the kernel would. */
function ask(profile: OciSeccomp, name: string, ...args: number[]): Answer {
  const rules = (profile.syscalls ?? []).filter((rule) => rule.names.includes(name) && matches(rule, args));
  const answers = rules.map((rule): Answer => (rule.action === 'SCMP_ACT_ALLOW' ? 'allow' : (rule.errnoRet ?? 1)));
  return answers[0] ?? (profile.defaultAction === 'SCMP_ACT_ALLOW' ? 'allow' : (profile.defaultErrnoRet ?? 1));
}

const EPERM = 1;
const ENOSYS = 38;
const AF_INET = 2;
const AF_VSOCK = 40;
const SIGCHLD = 17;

describe('seccomp', () => {
  const plain = runtimeDefaultProfile(DEFAULT_CAPABILITIES, 'x64');
  const rows: { name: string; call: [string, ...number[]]; want: Answer; add?: string; arch?: string }[] = [
    { name: 'reading', call: ['read'], want: 'allow' },
    { name: 'a new process', call: ['clone', SIGCHLD], want: 'allow' },
    { name: 'a new process in a new user namespace', call: ['clone', 0x10000000 + SIGCHLD], want: EPERM },
    { name: 'a new process in a new cgroup namespace', call: ['clone', 0x02000000 + SIGCHLD], want: EPERM },
    { name: 'clone3, so that clone is used', call: ['clone3'], want: ENOSYS },
    { name: 'clone3 with SYS_ADMIN', call: ['clone3'], add: 'CAP_SYS_ADMIN', want: 'allow' },
    { name: 'namespaces with SYS_ADMIN', call: ['clone', 0x10000000], add: 'CAP_SYS_ADMIN', want: 'allow' },
    { name: 'mounting', call: ['mount'], want: EPERM },
    { name: 'mounting with SYS_ADMIN', call: ['mount'], add: 'CAP_SYS_ADMIN', want: 'allow' },
    { name: 'keys', call: ['keyctl'], want: EPERM },
    { name: 'keys with SYS_ADMIN', call: ['keyctl'], add: 'CAP_SYS_ADMIN', want: EPERM },
    { name: 'io_uring', call: ['io_uring_setup'], want: EPERM },
    { name: 'a socket', call: ['socket', AF_INET], want: 'allow' },
    { name: 'a socket to the hypervisor', call: ['socket', AF_VSOCK], want: EPERM },
    { name: 'the personality of Linux', call: ['personality', 0], want: 'allow' },
    { name: 'asking for the personality', call: ['personality', 0xffffffff], want: 'allow' },
    { name: 'another personality', call: ['personality', 6], want: ENOSYS },
    { name: 'setting the clock', call: ['clock_settime'], want: EPERM },
    { name: 'setting the clock with SYS_TIME', call: ['clock_settime'], add: 'CAP_SYS_TIME', want: 'allow' },
    { name: 'a call of a later kernel', call: ['teleport'], want: ENOSYS },
    { name: 'chroot, which the default capabilities include', call: ['chroot'], want: 'allow' },
    { name: 'arch_prctl on its processor', call: ['arch_prctl'], want: 'allow' },
    { name: 'arch_prctl on another one', call: ['arch_prctl'], arch: 'arm64', want: ENOSYS },
    { name: 'set_tls on its processor', call: ['set_tls'], arch: 'arm64', want: 'allow' },
  ];
  for (const { name, call, want, add, arch } of rows)
    it(name, () =>
      assert.equal(ask(runtimeDefaultProfile(add ? [...DEFAULT_CAPABILITIES, add] : DEFAULT_CAPABILITIES, arch ?? 'x64'), ...call), want),
    );

  it('no call is both allowed and refused', () => {
    for (const capabilities of [[], DEFAULT_CAPABILITIES, ALL_CAPABILITIES]) {
      const [allowed, refused] = runtimeDefaultProfile(capabilities, 'x64').syscalls ?? [];
      assert.deepEqual(
        allowed?.names.filter((name) => refused?.names.includes(name)),
        [],
      );
    }
    assert.deepEqual(
      ALLOWED.filter((name) => REFUSED.includes(name)),
      [],
    );
    assert.equal(new Set(ALLOWED).size, ALLOWED.length);
  });

  it('the processor names its architectures, an unknown one leaves them to the runtime', () => {
    assert.deepEqual(plain.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
    assert.equal('architectures' in runtimeDefaultProfile([], 'mips'), false);
  });

  it('unconfined: everything but keys', () => {
    const profile = unconfinedProfile('x64');
    assert.deepEqual(
      ['mount', 'keyctl', 'add_key', 'request_key'].map((name) => ask(profile, name)),
      ['allow', ENOSYS, ENOSYS, ENOSYS],
    );
  });

  it('a profile of the user\u2019s', () => {
    assert.deepEqual(parseProfile('{"defaultAction":"SCMP_ACT_LOG"}', 'p.json'), { defaultAction: 'SCMP_ACT_LOG' });
    for (const [text, message] of [
      ['', /^cannot use the seccomp profile p\.json: Unexpected end/],
      ['[]', /p\.json: it is not an object$/],
      ['{}', /p\.json: "defaultAction" is missing$/],
    ] as const)
      assert.throws(() => parseProfile(text, 'p.json'), { code: 'CONTAINER_CREATE', message });
  });
});
