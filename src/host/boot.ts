/** What outlives a process but not the machine's boot: which runtime directory and which namespaces are in use, beside the store. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { PodsteadError } from '../api/errors.ts';
import { writeAtomic } from './files.ts';
import { type Paths, pathsOf, resolvePaths, withRun } from './paths.ts';
import { alive, type ProcessRef, parseRef } from './process.ts';

/** data/host.json */
export interface HostRecord {
  bootId: string;
  run: string;
  /** Inodes of the holder's user and mount namespaces. */
  userNs: string;
  mntNs: string;
  /** `system down` was the last thing that happened: nothing comes back until it is asked for. */
  stopped?: boolean;
}

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

export const bootId = (): string => (textOf('/proc/sys/kernel/random/boot_id') ?? '').trim();

/** undefined for what is no such record: as good as none. */
export const parseHost = (text: string): HostRecord | undefined => {
  let value: Partial<Record<keyof HostRecord, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { bootId: boot, run, userNs, mntNs, stopped } = value ?? {};
  if (typeof boot !== 'string' || typeof run !== 'string' || typeof userNs !== 'string' || typeof mntNs !== 'string') return undefined;
  return { bootId: boot, run, userNs, mntNs, ...(stopped === true ? { stopped } : {}) };
};

/** Of this boot; undefined when there is none. */
export const readHost = (paths: Pick<Paths, 'hostFile'>, boot = bootId()): HostRecord | undefined => {
  const record = parseHost(textOf(paths.hostFile) ?? '');
  return record?.bootId === boot ? record : undefined;
};

export interface Holder extends ProcessRef {
  run: string;
}

/** First line of the lock file: `PID START BOOT RUN`. */
export const parseHolder = (text: string, boot: string): Holder | undefined => {
  const line = text.split('\n')[0] ?? '';
  const ref = parseRef(line);
  const [, , , lineBoot, run] = /^(\d+) (\d+) (\S+) (.+)$/.exec(line) ?? [];
  return ref && run !== undefined && lineBoot === boot ? { ...ref, run } : undefined;
};

/** The living holder: it writes its line when it has the lock, and keeps both for all its life. */
export const readHolder = (paths: Pick<Paths, 'holderLock'>, boot = bootId()): Holder | undefined => {
  const holder = parseHolder(textOf(paths.holderLock) ?? '', boot);
  return holder && alive(holder) ? holder : undefined;
};

/**
 * The paths in use: the environment decides, but for the runtime directory of a holder that lives or lived in this boot. Where another
 * store has taken the usual one (two homes, one XDG_RUNTIME_DIR), ours stands beside it.
 */
export const loadPaths = (env: NodeJS.ProcessEnv, uid: number): Paths => {
  const paths = resolvePaths(env, uid);
  const boot = bootId();
  const run = readHolder(paths, boot)?.run ?? readHost(paths, boot)?.run;
  if (run !== undefined && isDirectory(run)) return withRun(paths, run);
  const owner = textOf(paths.owner);
  return owner === undefined || owner === paths.data ? paths : withRun(paths, `${paths.run}-${shortHash(paths.data)}`);
};

/** 8 hex digits. */
const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** Puts our store's name on the runtime directory. Throws HOST_UNSUPPORTED when another store was faster. */
export function takeRun(paths: Paths): void {
  try {
    writeFileSync(paths.owner, paths.data, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (textOf(paths.owner) === paths.data) return;
    throw new PodsteadError('HOST_UNSUPPORTED', `${paths.run} has just been taken by the store in ${textOf(paths.owner)}`, {
      remedy: 'run the command again',
    });
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Does all count as stopped? So it is after a reboot, after `system down`, and when the runtime directory is gone. Readers then wake
 * nobody; only play, apply and resume bring back what should run.
 */
export const isStopped = (paths: Paths): boolean => {
  const boot = bootId();
  if (readHolder(paths, boot)) return false;
  const record = readHost(paths, boot);
  return record === undefined || record.stopped === true || !isDirectory(record.run);
};

export async function markStopped(paths: Paths): Promise<void> {
  const { userNs = '', mntNs = '' } = readHost(paths) ?? {};
  const record: HostRecord = { bootId: bootId(), run: paths.run, userNs, mntNs, stopped: true };
  await writeAtomic(paths.hostFile, `${JSON.stringify(record)}\n`);
}

/** What the holder hands down to the engine, which inside the namespace cannot know its own user id. */
export const enginePaths = (env: NodeJS.ProcessEnv): Paths => {
  const get = (name: string): string => {
    const value = env[name];
    if (value === undefined) throw new Error(`${name} is not set: only the holder starts the engine`);
    return value;
  };
  return pathsOf({
    uid: Number(get('PD_UID')),
    data: get('PD_DATA'),
    run: get('PD_RUN'),
    state: get('PD_STATE'),
    config: get('PD_CONFIG'),
  });
};
