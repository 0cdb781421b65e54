import assert from 'node:assert/strict';
import { type ContainerInput, containerConfig, type InfraInput, infraConfig, podSysctls } from '../../src/runtime/bundle.ts';
import { MASKED_PATHS, READONLY_PATHS } from '../../src/runtime/mounts.ts';
import type { OciConfig } from '../../src/runtime/oci.ts';

const DEFAULT = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SYS_CHROOT',
  'CAP_MKNOD',
  'CAP_AUDIT_WRITE',
  'CAP_SETFCAP',
];
const PROC = { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] };
const DEV = { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] };
const SYS = { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] };
const PTS_OPTIONS = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'];
const PTS = { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: PTS_OPTIONS };
const MQUEUE = { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] };
const SHM = {
  destination: '/dev/shm',
  type: 'bind',
  source: '/run/shm',
  options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev', 'rw'],
};
const CGROUP = {
  destination: '/sys/fs/cgroup',
  type: 'cgroup',
  source: 'cgroup',
  options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
};
const hosts = (options: string[]) => ({ destination: '/etc/hosts', type: 'bind', source: '/pod/hosts', options });

const healthyInput = (): ContainerInput => ({
  root: { path: '/b/rootfs' },
  image: { entrypoint: [], cmd: ['serve'], env: ['PATH=/bin'], workdir: '/srv' },
  env: ['A=1'],
  hostname: 'web',
  user: { uid: 1000, gid: 1000, additionalGids: [1000, 5], home: '/home/app' },
  security: {},
  namespaces: { infraPid: 42 },
  shm: '/run/shm',
  binds: [{ source: '/pod/hosts', destination: '/etc/hosts' }],
  cgroupsPath: '/podstead/pod1/c',
  resources: { cpu: { shares: 2 } },
  oomScoreAdj: 1000,
  seccomp: { defaultAction: 'SCMP_ACT_ALLOW' },
});
const healthyConfig = (): OciConfig => ({
  ociVersion: '1.0.2',
  process: {
    user: { uid: 1000, gid: 1000, additionalGids: [1000, 5] },
    args: ['serve'],
    env: ['PATH=/bin', 'HOSTNAME=web', 'A=1', 'HOME=/home/app'],
    cwd: '/srv',
    capabilities: { bounding: DEFAULT, effective: DEFAULT, permitted: DEFAULT },
    noNewPrivileges: false,
    oomScoreAdj: 1000,
  },
  root: { path: '/b/rootfs', readonly: false },
  mounts: [PROC, DEV, SYS, PTS, MQUEUE, SHM, hosts(['rbind', 'rprivate', 'rw']), CGROUP],
  linux: {
    namespaces: [
      { type: 'pid' },
      { type: 'network', path: '/proc/42/ns/net' },
      { type: 'ipc', path: '/proc/42/ns/ipc' },
      { type: 'uts', path: '/proc/42/ns/uts' },
      { type: 'mount' },
      { type: 'cgroup' },
    ],
    cgroupsPath: '/podstead/pod1/c',
    resources: { cpu: { shares: 2 } },
    maskedPaths: [...MASKED_PATHS],
    readonlyPaths: [...READONLY_PATHS],
    seccomp: { defaultAction: 'SCMP_ACT_ALLOW' },
  },
});

describe('container config', () => {
  const rows: { name: string; change: (input: ContainerInput) => void; want: (config: OciConfig) => void }[] = [
    { name: 'nothing special', change: () => {}, want: () => {} },
    {
      name: 'command, args and directory of the manifest',
      change: (i) => Object.assign(i, { command: ['run'], args: ['a', ''], workdir: '/w' }),
      want: (c) => Object.assign(c.process, { args: ['run', 'a', ''], cwd: '/w' }),
    },
    {
      name: 'an image without a directory',
      change: (i) => {
        i.image = { entrypoint: [], cmd: ['serve'], env: ['PATH=/bin'], workdir: '' };
      },
      want: (c) => {
        c.process.cwd = '/';
      },
    },
    {
      name: 'a terminal',
      change: (i) => {
        i.tty = true;
      },
      want: (c) => {
        c.process.terminal = true;
        c.process.env = ['PATH=/bin', 'TERM=xterm', 'HOSTNAME=web', 'A=1', 'HOME=/home/app'];
      },
    },
    {
      name: 'no more privileges, read-only root, own capabilities',
      change: (i) => {
        i.security = { allowPrivilegeEscalation: false, readOnlyRoot: true, capabilities: { drop: ['ALL'], add: ['KILL'] } };
      },
      want: (c) => {
        const capabilities = { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] };
        Object.assign(c.process, { noNewPrivileges: true, capabilities });
        c.root.readonly = true;
      },
    },
    {
      name: 'escalation allowed by name',
      change: (i) => {
        i.security = { allowPrivilegeEscalation: true };
      },
      want: () => {},
    },
    {
      name: 'procMount Unmasked',
      change: (i) => Object.assign(i, { security: { unmasked: true }, mayUnmask: true }),
      want: (c) => Object.assign(c.linux, { maskedPaths: [], readonlyPaths: [] }),
    },
    {
      name: 'hostNetwork: the host\u2019s /sys, read-only all the way down',
      change: (i) => {
        i.namespaces = { infraPid: 42, hostNetwork: true };
      },
      want: (c) => {
        c.linux.namespaces = c.linux.namespaces.filter(({ type }) => type !== 'network');
        const options = ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev', 'rro'];
        c.mounts[2] = { destination: '/sys', type: 'bind', source: '/sys', options };
      },
    },
    {
      name: 'a shared PID namespace',
      change: (i) => {
        i.namespaces = { infraPid: 42, sharedPid: true };
      },
      want: (c) => {
        c.linux.namespaces[0] = { type: 'pid', path: '/proc/42/ns/pid' };
      },
    },
    {
      name: 'the host\u2019s processes and IPC',
      change: (i) => {
        i.namespaces = { infraPid: 42, hostPid: true, hostIpc: true };
      },
      want: (c) => {
        c.linux.namespaces = c.linux.namespaces.filter(({ type }) => type !== 'pid' && type !== 'ipc');
        c.mounts[0] = { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev'] };
      },
    },
    {
      name: 'a compiled profile goes beside the profile',
      change: (i) => {
        i.seccompBpf = 'AAAA';
      },
      want: (c) => {
        c.annotations = { 'run.oci.seccomp_bpf_data': 'AAAA' };
      },
    },
    {
      name: 'a root that the runtime mounts',
      change: (i) => {
        i.root = { path: '/empty', overlay: ['lowerdir=l/A', 'userxattr'] };
      },
      want: (c) => {
        c.root.path = '/empty';
        c.mounts.unshift({ destination: '/', type: 'overlay', source: 'overlay', options: ['lowerdir=l/A', 'userxattr'] });
      },
    },
    {
      name: 'volumes: read-only, recursively, propagation, a place of a standard mount, parents first, the last of two',
      change: (i) => {
        i.binds = [
          { source: '/v/deep', destination: '/a/b/c', readOnly: true },
          { source: '/v/old', destination: '/a/b/' },
          { source: '/v/new', destination: '/a/b', recursiveReadOnly: true, readOnly: true },
          { source: '/v/shm', destination: '/dev/shm', propagation: 'HostToContainer' },
        ];
      },
      want: (c) => {
        c.mounts = [
          PROC,
          DEV,
          SYS,
          PTS,
          MQUEUE,
          { destination: '/a/b', type: 'bind', source: '/v/new', options: ['rbind', 'rprivate', 'rro'] },
          { destination: '/dev/shm', type: 'bind', source: '/v/shm', options: ['rbind', 'rslave', 'rw'] },
          CGROUP,
          { destination: '/a/b/c', type: 'bind', source: '/v/deep', options: ['rbind', 'rprivate', 'ro'] },
        ];
      },
    },
    {
      name: 'what is mounted inside is seen outside',
      change: (i) => {
        i.binds = [{ source: '/pod/hosts', destination: '/etc/hosts', propagation: 'Bidirectional' }];
      },
      want: (c) => {
        c.mounts[6] = hosts(['rbind', 'rshared', 'rw']);
        c.linux.rootfsPropagation = 'rshared';
      },
    },
    {
      name: 'rlimits',
      change: (i) => {
        i.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 10, hard: 20 }];
      },
      want: (c) => {
        c.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 10, hard: 20 }];
      },
    },
  ];
  for (const { name, change, want } of rows)
    it(name, () => {
      const input = healthyInput();
      change(input);
      const config = healthyConfig();
      want(config);
      assert.deepEqual(containerConfig(input), config);
    });

  const privileged: [string, boolean, readonly string[], readonly string[], string][] = [
    ['all capabilities, nothing masked, /sys and cgroups writable', true, [], [], 'rw'],
    ['of root: all capabilities, but the masks stay', false, MASKED_PATHS, READONLY_PATHS, 'ro'],
  ];
  for (const [name, mayUnmask, masked, readonly, mode] of privileged)
    it(`privileged, ${name}`, () => {
      const { process, linux, mounts } = containerConfig({ ...healthyInput(), security: { privileged: true }, mayUnmask });
      assert.deepEqual([process.capabilities?.effective.length, linux.maskedPaths, linux.readonlyPaths], [41, masked, readonly]);
      const options = (destination: string) => mounts.find((mount) => mount.destination === destination)?.options.at(-1);
      assert.deepEqual([options('/sys'), options('/sys/fs/cgroup')], [mode, mode]);
    });
});

describe('infra config', () => {
  const healthy = (): InfraInput => ({
    rootfs: '/infra',
    hostname: 'web',
    netFile: '/b/net',
    sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    cgroupsPath: '/podstead/pod1/infra',
    oomScoreAdj: 0,
    tools: { sh: '/usr/bin/dash', ip: '/sbin/ip' },
  });
  const config = (): OciConfig => ({
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      args: ['/catatonit', '-P'],
      env: [],
      cwd: '/',
      capabilities: { bounding: [], effective: [], permitted: [] },
      noNewPrivileges: true,
      oomScoreAdj: 0,
    },
    root: { path: '/infra', readonly: true },
    hostname: 'web',
    mounts: [{ destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec', 'mode=755', 'size=64k'] }],
    hooks: {
      createContainer: [{ path: '/usr/bin/dash', args: ['dash', '-c', 'read -r _; exec "$1" -force -batch "$0"', '/b/net', '/sbin/ip'] }],
    },
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'network' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }],
      cgroupsPath: '/podstead/pod1/infra',
      sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    },
  });
  const rows: { name: string; change: (input: InfraInput) => void; want: (config: OciConfig) => void }[] = [
    { name: 'a pod with a network', change: () => {}, want: () => {} },
    { name: 'a shared PID namespace is the one it has anyway', change: (i) => Object.assign(i, { sharedPid: true }), want: () => {} },
    {
      name: 'hostNetwork: no hook, no network namespace',
      change: (i) => Object.assign(i, { hostNetwork: true, sysctls: {} }),
      want: (c) => {
        delete c.hooks;
        delete c.linux.sysctl;
        c.linux.namespaces = [{ type: 'pid' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }];
      },
    },
    {
      name: 'the host\u2019s processes and IPC',
      change: (i) => Object.assign(i, { hostPid: true, hostIpc: true }),
      want: (c) => {
        c.linux.namespaces = [{ type: 'network' }, { type: 'uts' }, { type: 'mount' }];
      },
    },
  ];
  for (const { name, change, want } of rows)
    it(name, () => {
      const input = healthy();
      change(input);
      const expected = config();
      want(expected);
      assert.deepEqual(infraConfig(input), expected);
    });
});

describe('sysctls of a pod', () => {
  const rows: [string, string, string | undefined][] = [
    ['root', '         0          0      65536\n', '0 65535'],
    ['a user and its subordinate ids', '         0       1001          1\n         1     100000      65535\n', '0 65535'],
    ['a gap ends it', '0 1001 1\n5 100000 10\n', '0 0'],
    ['all there are', '0 0 4294967295\n', '0 2147483646'],
    ['no map', '', undefined],
  ];
  for (const [name, map, range] of rows)
    it(name, () => {
      const want = { 'net.ipv4.ip_unprivileged_port_start': '0', ...(range === undefined ? {} : { 'net.ipv4.ping_group_range': range }) };
      assert.deepEqual(podSysctls(map), want);
    });
});
