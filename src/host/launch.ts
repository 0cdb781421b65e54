/** Starts the holder, in new namespaces or in those that a dead one left; wakes the one that lives. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PodsteadError } from '../api/errors.ts';
import { bootId, readHolder, readHost, takeRun } from './boot.ts';
import { serviceEnvironment } from './environment.ts';
import { makeDirectory, makePrivateDirectory } from './files.ts';
import { explainLaunch, mayBeAppArmor } from './launch-error.ts';
import { rotateLog } from './log.ts';
import { enterPid, findMember } from './namespace.ts';
import { LONGEST_RUN, type Paths, withRun } from './paths.ts';
import { alive } from './process.ts';
import { type Start, type Started, startIn, startMapped } from './start.ts';
import { killMembers } from './stop.ts';
import { remoteFileSystem } from './store-place.ts';
import type { Argv } from './tool-error.ts';
import { requireTool, type Tools } from './tools.ts';
import { wake } from './wake.ts';
import { quoteAll } from './worker.ts';

export interface NetworkSettings {
  /** The bridge's address and prefix, `10.244.0.1/16`. */
  bridge: string;
  /** `10.244.0.0/16` */
  cidr: string;
}

export interface LaunchOptions {
  /** What the holder starts when it is woken. */
  engine: Argv;
  /** For a new network; one that is there keeps its own. */
  network: () => NetworkSettings | Promise<NetworkSettings>;
  env: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

const LOOK_AGAIN_MS = 3;
/** So long a holder may be without its directory: between its birth and its first step, between its last and its end. */
const HOMELESS_MS = 1_000;

/**
 * A holder lives and its engine has been woken: the paths in use are returned (another shell may have chosen another runtime directory).
 * Does not wait for the engine. Throws NAMESPACE_FAILED, SUBID_MISSING, TOOL_MISSING, HOST_UNSUPPORTED.
 */
export async function ensureHolder(paths: Paths, tools: Tools, options: LaunchOptions): Promise<Paths> {
  const deadline = Date.now() + (options.timeoutMs ?? 10_000);
  let homelessSince: number | undefined;
  for (;;) {
    const holder = readHolder(paths);
    if (holder) {
      const used = withRun(paths, holder.run);
      // false: it has not made its FIFO yet, or has just begun to end
      if (wake(used)) return used;
      homelessSince = existsSync(used.run) ? undefined : (homelessSince ?? Date.now());
      if (homelessSince !== undefined && Date.now() - homelessSince > HOMELESS_MS) await killMembers(used);
    } else {
      const pid = await startHolder(paths, tools, options);
      const started = readHolder(paths);
      // a new one begins with a wake of its own
      if (started?.pid === pid) return paths;
      if (started) continue;
    }
    if (Date.now() > deadline)
      throw new PodsteadError('NAMESPACE_FAILED', `the holder (process ${holder?.pid ?? 'gone'}) neither works nor ends`, {
        remedy: 'podstead system down --force ends everything',
      });
    await pause(LOOK_AGAIN_MS);
  }
}

async function startHolder(paths: Paths, tools: Tools, options: LaunchOptions): Promise<number | undefined> {
  await prepare(paths);
  const env = { ...serviceEnvironment(options.env), ...(await holderVariables(paths, tools, options)) };
  const command: Argv = [requireTool(tools, 'sh'), join(env.PD_SCRIPTS, 'holder.sh')];
  const { pid, failure } = await enterOrMake(paths, tools, command, env);
  if (failure !== undefined) throw explainLaunch(failure, launchFacts(paths.uid));
  return pid;
}

async function enterOrMake(paths: Paths, tools: Tools, command: Argv, env: NodeJS.ProcessEnv): Promise<Started> {
  const record = readHost(paths);
  const member = record && findMember(record, paths);
  const start: Start = { env, scope: scopeArgv(paths, tools, env) };
  if (member) {
    const entered = await startIn([...enterPid(requireTool(tools, 'nsenter'), member.pid, paths.uid), ...command], start);
    // it died before it could be entered: the next look finds another one, or none
    return entered.failure !== undefined && !alive(member) ? {} : entered;
  }
  // what is left of it cannot be reached any more
  if (record) await killMembers(paths);
  const unshare = requireTool(tools, 'unshare');
  if (paths.uid === 0) return startMapped(unshare, requireTool(tools, 'nsenter'), command, start);
  requireTool(tools, 'newuidmap');
  const made = await startIn([unshare, '--user', '--map-root-user', '--map-auto', '--mount', '--propagation=slave', ...command], start);
  if (made.failure === undefined || !tools.buildah || !mayBeAppArmor(made.failure)) return made;
  const viaBuildah: Argv = [tools.buildah, 'unshare', command[0], '-c', '"$@" &', 'launch', ...command];
  await startIn(viaBuildah, { ...start, env: { ...env, PD_SLAVE: '1' } });
  return readHolder(paths) ? {} : made;
}

async function prepare(paths: Paths): Promise<void> {
  if (paths.run.length > LONGEST_RUN || /\n/.test(paths.run))
    throw new PodsteadError('HOST_UNSUPPORTED', `${paths.run} is too long: sockets below it could not be opened`, {
      remedy: `set XDG_RUNTIME_DIR to a directory of at most ${LONGEST_RUN - '/podstead'.length} characters`,
    });
  await makeDirectory(paths.data);
  const remote = remoteFileSystem(paths.data);
  if (remote !== undefined)
    throw new PodsteadError('HOST_UNSUPPORTED', `${paths.data} is on ${remote}: locks and overlay file systems do not work there`, {
      remedy: 'set XDG_DATA_HOME to a directory on a local disk',
    });
  await makePrivateDirectory(paths.run, paths.uid);
  takeRun(paths);
  for (const directory of ['exits', 's', 't', 'ro', 'netns', 'images', 'net/hosts', 'net/ports'])
    mkdirSync(join(paths.run, directory), { recursive: true, mode: 0o700 });
  mkdirSync(paths.state, { recursive: true, mode: 0o700 });
  rotateLog(paths.engineLog);
}

const scriptsDirectory = (): string => {
  const here = import.meta.dirname;
  const found = [join(here, 'scripts'), join(here, '../scripts')].find((directory) => existsSync(join(directory, 'holder.sh')));
  if (found === undefined) throw new PodsteadError('IO', `holder.sh is missing beside ${here}`, { remedy: 'make build' });
  return found;
};

async function holderVariables(paths: Paths, tools: Tools, options: LaunchOptions) {
  const { bridge, cidr } = await options.network();
  return {
    PD_UID: String(paths.uid),
    PD_DATA: paths.data,
    PD_RUN: paths.run,
    PD_RUN_JSON: JSON.stringify(paths.run),
    PD_STATE: paths.state,
    PD_CONFIG: paths.config,
    PD_BOOT: bootId(),
    PD_SH: requireTool(tools, 'sh'),
    PD_SCRIPTS: scriptsDirectory(),
    PD_ENGINE: quoteAll(options.engine),
    PD_BRIDGE: bridge,
    PD_CIDR: cidr,
    PD_FRESH: '1',
  };
}

/** With systemd in charge a scope of our own: the session's end leaves it alone, and its cgroup is ours to divide. */
const scopeArgv = (paths: Paths, tools: Tools, env: NodeJS.ProcessEnv): string[] => {
  if (!tools.systemdRun || !existsSync('/run/systemd/system')) return [];
  const runtime = env['XDG_RUNTIME_DIR'];
  if (paths.uid !== 0 && !(runtime && existsSync(join(runtime, 'systemd/private')))) return [];
  return [tools.systemdRun, ...(paths.uid === 0 ? [] : ['--user']), '--scope', '--quiet', '--collect', '-p', 'Delegate=yes', '--'];
};

const sysctl = (path: string): string | undefined => {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined;
  }
};

const launchFacts = (uid: number) => ({
  user: userInfo().username,
  uid,
  usernsClone: sysctl('kernel/unprivileged_userns_clone'),
  apparmorRestricts: sysctl('kernel/apparmor_restrict_unprivileged_userns'),
  maxUserNamespaces: sysctl('user/max_user_namespaces'),
});
