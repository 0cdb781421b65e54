/** What this machine lacks, what that costs, and the command that helps. Pure: doctor-facts.ts looks at the machine. */
import { addSubids } from './launch-error.ts';
import { installTools, programName, REQUIRED, type ToolName, type Tools } from './tools.ts';

export interface HostFacts {
  /** process.platform */
  platform: string;
  /** Major version. */
  node: number;
  user: string;
  uid: number;
  tools: Tools;
  /** Subordinate ids given to this user. */
  subuids: number;
  subgids: number;
  /** Can it be opened for reading and writing? */
  tun: 'open' | 'closed' | 'absent';
  fuse: 'open' | 'closed' | 'absent';
  /** Tried: a user namespace with an overlay mount in it, below the data directory. What went wrong, as the tools said it. */
  namespace: 'ok' | { failed: string };
  overlay: 'ok' | { failed: string };
  /** undefined: this kernel has no such setting. */
  usernsClone: string | undefined;
  apparmorRestricts: string | undefined;
  maxUserNamespaces: string | undefined;
  unprivilegedPortStart: number;
  cgroups: 'v2' | 'hybrid' | 'v1' | 'none';
  /** Controllers that this user may hand on. */
  delegated: readonly string[];
  systemd: boolean;
  /** Is there a systemd instance for this user? */
  userManager: boolean;
  lingers: boolean;
  /** Environment variable as given. */
  runtimeDir: string | undefined;
  dataDir: string;
  /** Name of a network file system that holds the data directory. */
  remoteData: string | undefined;
  /** Hard limit; Infinity when there is none. */
  openFiles: number;
  defaultRoute: boolean;
}

export interface Finding {
  /** What was looked at, a few words. */
  name: string;
  /** missing: nothing can run without it. limited: pods run, but not with everything. */
  level: 'ok' | 'limited' | 'missing';
  message: string;
  /** What it costs the user; absent when all is well. */
  cost?: string;
  /** A command, or what to do. */
  fix?: string;
}

type Check = (facts: HostFacts) => Finding | undefined;

const ok = (name: string, message: string): Finding => ({ name, level: 'ok', message });
const limited = (name: string, message: string, cost: string, fix: string): Finding => ({ name, level: 'limited', message, cost, fix });
const missing = (name: string, message: string, cost: string, fix: string): Finding => ({ name, level: 'missing', message, cost, fix });

const NOTHING_RUNS = 'no pod can be run';
const install = (...tools: ToolName[]): string => installTools(tools);

const system: Check = ({ platform }) =>
  platform === 'linux' ? ok('system', 'Linux') : missing('system', platform, NOTHING_RUNS, 'use a Linux machine, or a virtual one');

const node: Check = ({ node: version }) =>
  version >= 24
    ? ok('Node.js', `version ${version}`)
    : missing('Node.js', `version ${version} is too old`, 'podstead does not start', 'install Node.js 24 or newer');

const programs: Check = ({ tools }) => {
  const absent = REQUIRED.filter((tool) => tools[tool] === undefined);
  return absent.length === 0
    ? ok('programs', 'all there')
    : missing('programs', `not installed: ${absent.map(programName).join(', ')}`, NOTHING_RUNS, install(...absent));
};

const runtime: Check = ({ tools }) => {
  if (tools.crun) return ok('container runtime', tools.crun);
  return tools.runc
    ? limited('container runtime', `${tools.runc}; crun is not installed`, 'each container starts and ends 20 ms later', install('crun'))
    : missing('container runtime', 'crun is not installed', NOTHING_RUNS, install('crun'));
};

const subordinateIds: Check = ({ uid, user, tools, subuids, subgids }) => {
  const name = 'subordinate ids';
  if (uid === 0) return ok(name, 'not needed by root');
  if (!tools.newuidmap || !tools.newgidmap) return missing(name, 'newuidmap is not installed', NOTHING_RUNS, install('newuidmap'));
  const count = Math.min(subuids, subgids);
  if (count === 0) return missing(name, `no range for ${user} in /etc/subuid and /etc/subgid`, NOTHING_RUNS, addSubids(user));
  return count >= 65_535
    ? ok(name, `${count} for ${user}`)
    : limited(name, `only ${count} for ${user}`, 'images with higher user ids cannot be unpacked', addSubids(user));
};

const sysctl = (setting: string) => `sudo sysctl -w ${setting} (and put it in a file in /etc/sysctl.d to keep it)`;

const namespaces: Check = (facts) => {
  const name = 'user namespaces';
  if (facts.namespace === 'ok') return ok(name, 'can be made');
  const said = facts.namespace.failed;
  if (facts.usernsClone === '0')
    return missing(name, 'kernel.unprivileged_userns_clone is 0', NOTHING_RUNS, sysctl('kernel.unprivileged_userns_clone=1'));
  if (facts.maxUserNamespaces === '0')
    return missing(name, 'user.max_user_namespaces is 0', NOTHING_RUNS, sysctl('user.max_user_namespaces=15000'));
  if (facts.apparmorRestricts === '1' && facts.uid !== 0) {
    const fix = sysctl('kernel.apparmor_restrict_unprivileged_userns=0');
    return facts.tools.buildah
      ? limited(name, "AppArmor restricts them; buildah's profile is used instead", 'the first pod starts half a second later', fix)
      : missing(name, 'AppArmor restricts them', NOTHING_RUNS, fix);
  }
  return missing(name, `cannot be made: ${said}`, NOTHING_RUNS, 'allow user namespaces on this machine (in a container: run it with them)');
};

const overlay: Check = ({ overlay: result, namespace, tools, fuse }) => {
  const name = 'file systems of containers';
  // told above
  if (namespace !== 'ok') return undefined;
  if (result === 'ok') return ok(name, "the kernel's overlayfs");
  if (tools.fuseOverlayfs && fuse === 'open')
    return limited(
      name,
      `fuse-overlayfs, as the kernel's cannot be used: ${result.failed}`,
      'slower files, one process more a container',
      'use Linux 5.13 or newer, and ext4, xfs or btrfs for the data',
    );
  const fix = tools.fuseOverlayfs ? 'sudo chmod 0666 /dev/fuse' : install('fuseOverlayfs');
  return missing(name, `no overlay can be mounted: ${result.failed}`, NOTHING_RUNS, fix);
};

const egress: Check = ({ tools, tun, defaultRoute }) => {
  const name = 'way out of the pods';
  const cost = 'pods reach each other, but nothing outside';
  if (!tools.pasta && !tools.slirp4netns) return limited(name, 'pasta is not installed', cost, install('pasta'));
  if (!tools.nft) return limited(name, 'nft is not installed', cost, install('nft'));
  if (tun === 'absent')
    return limited(name, '/dev/net/tun does not exist', cost, 'sudo modprobe tun (in a container: pass the device to it)');
  if (tun === 'closed') return limited(name, '/dev/net/tun may not be opened', cost, 'sudo chmod 0666 /dev/net/tun');
  if (!defaultRoute) return limited(name, 'this machine has no default route', cost, 'connect it: pods get out as soon as there is one');
  return tools.pasta ? ok(name, 'pasta') : limited(name, 'slirp4netns', 'a tenth of the throughput', install('pasta'));
};

const publishing: Check = ({ tools }) => {
  const name = 'published ports';
  if (tools.socketActivate && tools.socketProxyd) return ok(name, 'systemd-socket-proxyd');
  return tools.socat
    ? limited(name, 'socat', 'a process for each connection', install('socketProxyd'))
    : limited(name, 'systemd-socket-proxyd is not installed', 'hostPort and --publish are refused', install('socketProxyd'));
};

const lowPorts: Check = ({ unprivilegedPortStart: start }) =>
  start <= 80
    ? ok('low ports', start === 0 ? 'all may be published' : `from ${start} on they may be published`)
    : limited(
        'low ports',
        `below ${start} they are reserved`,
        `a hostPort below ${start} is refused`,
        sysctl('net.ipv4.ip_unprivileged_port_start=80'),
      );

const limits: Check = ({ cgroups, delegated, uid, systemd }) => {
  const name = 'resource limits';
  const cost = 'limits of CPU and memory are not enforced';
  if (cgroups !== 'v2')
    return limited(
      name,
      `cgroups are ${cgroups === 'none' ? 'not mounted' : cgroups}`,
      cost,
      'boot with systemd.unified_cgroup_hierarchy=1',
    );
  if (!systemd) return limited(name, 'systemd does not run here, which would delegate a cgroup', cost, 'run podstead where systemd runs');
  const absent = ['cpu', 'memory', 'pids'].filter((controller) => !delegated.includes(controller));
  if (absent.length === 0) return ok(name, `cgroup v2 with ${delegated.join(' ')}`);
  const fix =
    uid === 0
      ? 'check DefaultControllers of systemd'
      : 'sudo mkdir -p /etc/systemd/system/user@.service.d && printf "[Service]\\nDelegate=cpu cpuset io memory pids\\n" | sudo tee /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl daemon-reload, then log in again';
  return limited(name, `not delegated: ${absent.join(' ')}`, cost, fix);
};

const runtimeDirectory: Check = ({ runtimeDir, uid }) =>
  runtimeDir !== undefined || uid === 0
    ? ok('runtime directory', runtimeDir ?? '/run/podstead')
    : limited(
        'runtime directory',
        'XDG_RUNTIME_DIR is not set',
        'sockets lie in /tmp or /run/user, which an administrator may clean',
        'log in with pam_systemd (ssh or a console, not su)',
      );

const lingering: Check = ({ uid, user, systemd, userManager, lingers }) => {
  if (uid === 0 || !systemd) return undefined;
  if (!userManager)
    return limited('after logout', 'no systemd runs for this user', 'pods may end with the session', `sudo loginctl enable-linger ${user}`);
  return lingers
    ? ok('after logout', 'pods go on')
    : limited(
        'after logout',
        `${user} does not linger`,
        'the runtime directory, and with it all pods, go with the last session',
        `loginctl enable-linger ${user}`,
      );
};

const dataDirectory: Check = ({ dataDir, remoteData }) =>
  remoteData === undefined
    ? ok('data directory', dataDir)
    : missing(
        'data directory',
        `${dataDir} is on ${remoteData}`,
        'locks do not hold there: podstead refuses it',
        'set XDG_DATA_HOME to a directory on a local disk',
      );

const openFiles: Check = ({ openFiles: limit, user }) =>
  limit >= 4_096
    ? ok('open files', limit === Number.POSITIVE_INFINITY ? 'no limit' : `up to ${limit}`)
    : limited(
        'open files',
        `only ${limit}`,
        `a published port carries ${Math.floor(limit / 6)} connections at once`,
        `raise it: "${user} hard nofile 524288" in /etc/security/limits.conf`,
      );

const ordinaryUser: Check = ({ uid }) =>
  uid === 0
    ? limited(
        'user',
        'root',
        'a container that breaks out is root of this machine, if without its capabilities',
        'use podstead as an ordinary user',
      )
    : undefined;

const CHECKS: readonly Check[] = [
  system,
  node,
  ordinaryUser,
  programs,
  runtime,
  subordinateIds,
  namespaces,
  overlay,
  dataDirectory,
  runtimeDirectory,
  lingering,
  egress,
  publishing,
  lowPorts,
  limits,
  openFiles,
];

/** Everything that was looked at, also what is well, in the order in which a start would need it. */
export const diagnose = (facts: HostFacts): Finding[] => CHECKS.flatMap((check) => check(facts) ?? []);
