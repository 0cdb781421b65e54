import assert from 'node:assert/strict';
import { diagnose, type HostFacts } from '../../src/host/doctor.ts';
import { countIds, hardLimit } from '../../src/host/doctor-facts.ts';
import { requireAll, type Tools, toolNames } from '../../src/host/tools.ts';

const healthy = (): HostFacts => ({
  platform: 'linux',
  node: 26,
  user: 'ada',
  uid: 1000,
  tools: Object.fromEntries(toolNames.map((name) => [name, `/usr/bin/${name}`])) as Tools,
  subuids: 65_536,
  subgids: 65_536,
  tun: 'open',
  fuse: 'open',
  namespace: 'ok',
  overlay: 'ok',
  usernsClone: undefined,
  apparmorRestricts: undefined,
  maxUserNamespaces: '96365',
  unprivilegedPortStart: 80,
  cgroups: 'v2',
  delegated: ['cpu', 'memory', 'pids'],
  systemd: true,
  userManager: true,
  lingers: true,
  runtimeDir: '/run/user/1000',
  dataDir: '/home/ada/.local/share/podstead',
  remoteData: undefined,
  openFiles: 524_288,
  defaultRoute: true,
});
const without =
  (...names: (keyof Tools)[]) =>
  (facts: HostFacts) => ({
    ...facts,
    tools: { ...facts.tools, ...Object.fromEntries(names.map((name) => [name, undefined])) },
  });

const NONE = 'no pod can be run';
const sysctl = (text: string) => `sudo sysctl -w ${text} (and put it in a file in /etc/sysctl.d to keep it)`;
const rows: { name: string; change: (facts: HostFacts) => HostFacts; want: [string, string, string, string][] }[] = [
  { name: 'a healthy machine', change: (f) => f, want: [] },
  {
    name: 'programs are missing',
    change: without('conmon', 'ip', 'nsenter', 'unshare'),
    want: [['programs', 'missing', NONE, 'sudo apt-get install conmon iproute2 util-linux']],
  },
  {
    name: 'nft is missing',
    change: without('nft'),
    want: [['way out of the pods', 'limited', 'pods reach each other, but nothing outside', 'sudo apt-get install nftables']],
  },
  {
    name: 'runc instead of crun',
    change: without('crun'),
    want: [['container runtime', 'limited', 'each container starts and ends 20 ms later', 'sudo apt-get install crun']],
  },
  { name: 'no runtime', change: without('crun', 'runc'), want: [['container runtime', 'missing', NONE, 'sudo apt-get install crun']] },
  { name: 'no newuidmap', change: without('newuidmap'), want: [['subordinate ids', 'missing', NONE, 'sudo apt-get install uidmap']] },
  {
    name: 'no subordinate ids',
    change: (f) => ({ ...f, subuids: 0 }),
    want: [
      [
        'subordinate ids',
        'missing',
        NONE,
        "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ada (another range, if this one is somebody else's)",
      ],
    ],
  },
  {
    name: 'no user namespaces',
    change: (f) => ({ ...f, namespace: { failed: 'unshare failed' }, overlay: { failed: '' }, usernsClone: '0' }),
    want: [['user namespaces', 'missing', NONE, sysctl('kernel.unprivileged_userns_clone=1')]],
  },
  {
    name: 'AppArmor',
    change: (f) => ({ ...f, namespace: { failed: 'not permitted' }, apparmorRestricts: '1' }),
    want: [
      ['user namespaces', 'limited', 'the first pod starts half a second later', sysctl('kernel.apparmor_restrict_unprivileged_userns=0')],
    ],
  },
  {
    name: 'an old kernel with fuse-overlayfs',
    change: (f) => ({ ...f, overlay: { failed: 'wrong fs type' } }),
    want: [
      [
        'file systems of containers',
        'limited',
        'slower files, one process more a container',
        'use Linux 5.13 or newer, and ext4, xfs or btrfs for the data',
      ],
    ],
  },
  {
    name: 'an old kernel, /dev/fuse closed',
    change: (f) => ({ ...f, overlay: { failed: 'wrong fs type' }, fuse: 'closed' }),
    want: [['file systems of containers', 'missing', NONE, 'sudo chmod 0666 /dev/fuse']],
  },
  {
    name: '/dev/net/tun is closed',
    change: (f) => ({ ...f, tun: 'closed' }),
    want: [['way out of the pods', 'limited', 'pods reach each other, but nothing outside', 'sudo chmod 0666 /dev/net/tun']],
  },
  {
    name: 'only slirp4netns',
    change: without('pasta'),
    want: [['way out of the pods', 'limited', 'a tenth of the throughput', 'sudo apt-get install passt']],
  },
  {
    name: 'hybrid cgroups',
    change: (f) => ({ ...f, cgroups: 'hybrid' }),
    want: [['resource limits', 'limited', 'limits of CPU and memory are not enforced', 'boot with systemd.unified_cgroup_hierarchy=1']],
  },
  {
    name: 'data on NFS',
    change: (f) => ({ ...f, remoteData: 'NFS' }),
    want: [
      ['data directory', 'missing', 'locks do not hold there: podstead refuses it', 'set XDG_DATA_HOME to a directory on a local disk'],
    ],
  },
  {
    name: 'few descriptors',
    change: (f) => ({ ...f, openFiles: 1_024 }),
    want: [
      [
        'open files',
        'limited',
        'a published port carries 170 connections at once',
        'raise it: "ada hard nofile 524288" in /etc/security/limits.conf',
      ],
    ],
  },
  {
    name: 'root',
    change: (f) => ({ ...f, uid: 0, subuids: 0, runtimeDir: undefined }),
    want: [
      [
        'user',
        'limited',
        'a container that breaks out is root of this machine, if without its capabilities',
        'use podstead as an ordinary user',
      ],
    ],
  },
];

describe('doctor', () => {
  for (const row of rows)
    it(row.name, () => {
      const found = diagnose(row.change(healthy())).filter((finding) => finding.level !== 'ok');
      assert.deepEqual(
        found.map(({ name, level, cost, fix }) => [name, level, cost, fix]),
        row.want,
      );
    });

  it('every finding but a good one has a cost and a fix', () => {
    for (const row of rows)
      for (const { level, cost, fix } of diagnose(row.change(healthy())))
        assert.equal(level === 'ok', cost === undefined && fix === undefined);
  });

  it('an engine is not started without what it needs', () => {
    const { tools } = healthy();
    requireAll(tools);
    requireAll(without('crun', 'nft')(healthy()).tools);
    assert.throws(() => requireAll(without('conmon', 'crun', 'runc')(healthy()).tools), {
      code: 'TOOL_MISSING',
      message: 'not installed: conmon, crun',
      remedy: 'sudo apt-get install conmon crun',
    });
  });

  it('counts ids by name and number', () => {
    assert.equal(countIds('ada:100000:65536\nbob:165536:65536\n1000:300000:10\n', 'ada', 1000), 65_546);
    assert.equal(countIds('', 'ada', 1000), 0);
  });

  it('reads limits', () => {
    const limits =
      'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 20000                files     \nMax processes             unlimited            unlimited            processes\n';
    assert.deepEqual([hardLimit(limits, 'Max open files'), hardLimit(limits, 'Max processes')], [20_000, Number.POSITIVE_INFINITY]);
  });
});
