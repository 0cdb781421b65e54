/** Where everything lives. One function decides it, everybody else asks for a name. */
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** All absolute. Below `run` everything is gone after a reboot; below `tmp` everything exists only inside our mount namespace. */
export interface Paths {
  readonly uid: number;
  readonly data: string;
  readonly run: string;
  readonly state: string;
  readonly config: string;
  readonly store: string;
  /** Boot id, runtime directory and namespaces in use (boot.ts). */
  readonly hostFile: string;
  /** Left by `system down` for the next engine (stop.ts). */
  readonly stopMark: string;
  /** Locked as long as a holder lives; its first line names it (boot.ts). */
  readonly holderLock: string;
  /** Locked as long as an engine lives. */
  readonly engineLock: string;
  readonly images: string;
  readonly volumes: string;
  readonly pods: string;
  readonly engineLog: string;
  readonly imagesRun: string;
  /** Names the store (`data`) that has this runtime directory. */
  readonly owner: string;
  /** FIFO: a line wakes the engine. */
  readonly wake: string;
  /** The engine's Kubernetes API. */
  readonly socket: string;
  /** `PID START` of the holder. */
  readonly holderPid: string;
  /** Written by the engine before it sleeps: seconds, `exit`, or empty (sleep until woken). */
  readonly due: string;
  /** The node's network namespace, visible only in our mount namespace. */
  readonly netns: string;
  /** conmon leaves ID → exit code here. */
  readonly exits: string;
  readonly conmonSockets: string;
  /** Environment of the holder as shell text, for an exit command that has to start a new one. */
  readonly holderEnv: string;
  /** Pid files, DNS names and states of the node's network. */
  readonly net: string;
  /** A copy of crun that is read-only, so that it need not clone itself. */
  readonly crun: string;
  /** tmpfs of our mount namespace, 0700. */
  readonly tmp: string;
  readonly crunRoot: string;
  readonly bundles: string;
  readonly secrets: string;
  /** A file for each step of the set-up that is done; as they live in the tmpfs they are gone when the namespace is. */
  readonly marks: string;
}

export interface RecordedRun {
  /** The runtime directory in use in this boot. */
  run: string;
}

const NAME = 'podstead';
/** conmon's attach socket is `run/s/<32 hex digits>/attach`, and a Unix socket path holds 107 bytes. */
export const LONGEST_RUN = 107 - '/s//attach'.length - 32;

const isDirectoryOf = (path: string, uid: number): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === uid;
};

/** The XDG rules: a relative path counts as not set. */
const absolute = (path: string | undefined): string | undefined => (path && isAbsolute(path) ? path : undefined);

const homeOf = (env: NodeJS.ProcessEnv): string => absolute(env['HOME']) ?? userInfo().homedir;

const runtimeDirectory = (env: NodeJS.ProcessEnv, uid: number, isOurs: (path: string, uid: number) => boolean): string => {
  const given = absolute(env['XDG_RUNTIME_DIR']);
  if (given !== undefined) return join(given, NAME);
  if (uid === 0) return `/run/${NAME}`;
  const usual = `/run/user/${uid}`;
  return isOurs(usual, uid) ? join(usual, NAME) : `/tmp/${NAME}-${uid}`;
};

const base = (env: NodeJS.ProcessEnv, uid: number, variable: string, ofRoot: string, ofUser: string): string => {
  const given = absolute(env[variable]);
  if (given !== undefined) return join(given, NAME);
  return uid === 0 ? ofRoot : join(homeOf(env), ofUser, NAME);
};

/** `recorded`: what is in use in this boot wins over the environment, or two shells would get two engines on one store. */
export const resolvePaths = (env: NodeJS.ProcessEnv, uid: number, recorded?: RecordedRun, isOurs = isDirectoryOf): Paths => {
  const data = base(env, uid, 'XDG_DATA_HOME', `/var/lib/${NAME}`, '.local/share');
  const state = base(env, uid, 'XDG_STATE_HOME', `/var/lib/${NAME}/state`, '.local/state');
  const config = base(env, uid, 'XDG_CONFIG_HOME', `/etc/${NAME}`, '.config');
  const run = recorded?.run ?? runtimeDirectory(env, uid, isOurs);
  return pathsOf({ uid, data, state, config, run });
};

export const pathsOf = ({ uid, data, state, config, run }: Pick<Paths, 'uid' | 'data' | 'state' | 'config' | 'run'>): Paths => ({
  uid,
  data,
  run,
  state,
  config,
  store: join(data, 'store.db'),
  hostFile: join(data, 'host.json'),
  stopMark: join(data, 'stopped'),
  holderLock: join(data, 'holder.lock'),
  engineLock: join(data, 'engine.lock'),
  images: join(data, 'images'),
  volumes: join(data, 'volumes'),
  pods: join(data, 'pods'),
  engineLog: join(state, 'engine.log'),
  imagesRun: join(run, 'images'),
  owner: join(run, 'owner'),
  wake: join(run, 'wake'),
  socket: join(run, 'engine.sock'),
  holderPid: join(run, 'holder.pid'),
  due: join(run, 'due'),
  netns: join(run, 'netns/node'),
  exits: join(run, 'exits'),
  conmonSockets: join(run, 's'),
  holderEnv: join(run, 'holder.env'),
  net: join(run, 'net'),
  crun: join(run, 'ro/crun'),
  tmp: join(run, 't'),
  crunRoot: join(run, 't/crun'),
  bundles: join(run, 't/c'),
  secrets: join(run, 't/v'),
  marks: join(run, 't/m'),
});

/** Where bin/podstead keeps compiled code; undefined when there is no home. */
export const cacheDirectory = (env: NodeJS.ProcessEnv): string | undefined => {
  const base = env['XDG_CACHE_HOME'] || (env['HOME'] && join(env['HOME'], '.cache'));
  return base && isAbsolute(base) ? join(base, NAME) : undefined;
};

/** The same store and data, another runtime directory. */
export const withRun = (paths: Paths, run: string): Paths => (run === paths.run ? paths : pathsOf({ ...paths, run }));
