/** Looks at this machine for doctor.ts: reads, and tries a namespace with an overlay in it. Changes nothing that stays. */
import { accessSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { loadPaths } from './boot.ts';
import { hasDefaultRoute } from './default-route.ts';
import type { HostFacts } from './doctor.ts';
import { runTool } from './spawn.ts';
import { remoteFileSystem } from './store-place.ts';
import { tail } from './tool-error.ts';
import { type Tools, toolPath } from './tools.ts';

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const sysctl = (path: string): string | undefined => textOf(`/proc/sys/${path}`).trim() || undefined;

/** Of the text of /etc/subuid: how many ids a user has; an entry may name it by number. */
export const countIds = (text: string, user: string, uid: number): number =>
  text
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([owner]) => owner === user || owner === String(uid))
    .reduce((sum, [, , count]) => sum + (Number(count) || 0), 0);

/** Hard limit in the text of /proc/self/limits. */
export const hardLimit = (text: string, name: string): number => {
  const line = text.split('\n').find((entry) => entry.startsWith(name));
  const hard = line?.slice(name.length).trim().split(/\s+/)[1];
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
};

const device = (path: string): 'open' | 'closed' | 'absent' => {
  if (!existsSync(path)) return 'absent';
  try {
    closeSync(openSync(path, 'r+'));
    return 'open';
  } catch {
    return 'closed';
  }
};

const cgroups = (): HostFacts['cgroups'] => {
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  if (existsSync('/sys/fs/cgroup/unified/cgroup.procs')) return 'hybrid';
  return existsSync('/sys/fs/cgroup/memory') ? 'v1' : 'none';
};

const delegated = (uid: number): string[] => {
  const group = uid === 0 ? '' : `/user.slice/user-${uid}.slice/user@${uid}.service`;
  return textOf(`/sys/fs/cgroup${group}/cgroup.controllers`)
    .split(/\s+/)
    .filter((name) => name !== '');
};

type Tried = Pick<HostFacts, 'namespace' | 'overlay'>;

const TRIAL = `cd "$1" && mkdir lower upper work merged && echo namespace &&
mount -n -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work,userxattr merged && echo overlay && umount -n merged
rm -rf lower upper work merged`;

/** In a directory of its own on the file system that will hold the images. */
async function trial(tools: Tools, uid: number, directory: string, env: NodeJS.ProcessEnv): Promise<Tried> {
  if (!tools.unshare || !tools.sh) return { namespace: { failed: 'unshare is not installed' }, overlay: { failed: 'not tried' } };
  let place: string;
  let made: string | undefined;
  try {
    made = mkdirSync(directory, { recursive: true, mode: 0o700 });
    place = mkdtempSync(join(directory, '.doctor-'));
  } catch (error) {
    return { namespace: { failed: (error as Error).message }, overlay: { failed: 'not tried' } };
  }
  try {
    const map = uid === 0 ? [] : ['--map-auto'];
    const { stdout, stderr } = await runTool(
      [tools.unshare, '--user', '--map-root-user', ...map, '--mount', tools.sh, '-c', TRIAL, 'trial', place],
      { timeoutMs: 10_000, env: { ...env, PATH: toolPath(env['PATH']) }, okCodes: [0, 1, 32, 126, 127] },
    );
    const failed = { failed: tail(stderr) };
    return {
      namespace: stdout.includes('namespace') ? 'ok' : failed,
      overlay: stdout.includes('overlay') ? 'ok' : failed,
    };
  } catch (error) {
    if (!(error instanceof PodsteadError)) throw error;
    return { namespace: { failed: error.message }, overlay: { failed: 'not tried' } };
  } finally {
    rmSync(made ?? place, { recursive: true, force: true });
  }
}

const isReadable = (path: string): boolean => {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
};

export async function hostFacts(env: NodeJS.ProcessEnv, uid: number, tools: Tools): Promise<HostFacts> {
  const user = userInfo().username;
  const { data } = loadPaths(env, uid);
  const runtimeDir = env['XDG_RUNTIME_DIR'] || undefined;
  const tried = await trial(tools, uid, data, env);
  return {
    platform: process.platform,
    node: Number(process.versions.node.split('.')[0]),
    user,
    uid,
    tools,
    subuids: countIds(textOf('/etc/subuid'), user, uid),
    subgids: countIds(textOf('/etc/subgid'), user, uid),
    tun: device('/dev/net/tun'),
    fuse: device('/dev/fuse'),
    ...tried,
    usernsClone: sysctl('kernel/unprivileged_userns_clone'),
    apparmorRestricts: sysctl('kernel/apparmor_restrict_unprivileged_userns'),
    maxUserNamespaces: sysctl('user/max_user_namespaces'),
    unprivilegedPortStart: Number(sysctl('net/ipv4/ip_unprivileged_port_start') ?? 1024),
    cgroups: cgroups(),
    delegated: delegated(uid),
    systemd: existsSync('/run/systemd/system'),
    userManager: runtimeDir !== undefined && isReadable(join(runtimeDir, 'systemd/private')),
    lingers: existsSync(`/var/lib/systemd/linger/${user}`),
    runtimeDir,
    dataDir: data,
    remoteData: existsSync(data) ? remoteFileSystem(data) : undefined,
    openFiles: hardLimit(textOf('/proc/self/limits'), 'Max open files'),
    defaultRoute: hasDefaultRoute(textOf('/proc/net/route')),
  };
}
