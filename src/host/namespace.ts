/** Our user and mount namespaces: how to get in, and which processes are inside. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { type HostRecord, readHolder } from './boot.ts';
import type { Paths } from './paths.ts';
import { listPids, namespaceOf, type ProcessRef, processRef } from './process.ts';
import type { Argv } from './tool-error.ts';
import { requireTool, type Tools } from './tools.ts';

/**
 * What to put before a command so that it runs inside. A user keeps its id, which is root inside; root has no id to keep. The working
 * directory becomes `/`.
 */
export const enterPid = (nsenter: string, pid: number, uid: number): [string, ...string[]] => [
  nsenter,
  '-t',
  String(pid),
  '-U',
  '-m',
  ...(uid === 0 ? [] : ['--preserve-credentials']),
];

/** Throws NAMESPACE_FAILED when no holder lives: call ensureHolder first. */
export const enterArgv = (paths: Paths, tools: Tools): [string, ...string[]] => {
  const holder = readHolder(paths);
  if (!holder)
    throw new PodsteadError('NAMESPACE_FAILED', 'nothing of podstead runs', { remedy: 'start something: podstead play kube FILE' });
  return enterPid(requireTool(tools, 'nsenter'), holder.pid, paths.uid);
};

/** The same for a process in the node's network; a path in our mount namespace, so it is entered second. */
export const inNodeNetwork = (paths: Paths, tools: Tools): Argv => [requireTool(tools, 'nsenter'), `--net=${paths.netns}`];

/** Numbers of namespaces are used again, so that a number alone proves nothing. Here are all marks of the set-up in place. */
const holdsOurMounts = (pid: number, paths: Paths): boolean => existsSync(join('/proc', String(pid), 'root', paths.marks, 'ready'));

/** What the holder's children inherit, and a container's mounts, tell whose they are. */
const isOurs = (pid: number, paths: Paths): boolean => {
  try {
    return (
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`PD_DATA=${paths.data}\0`) ||
      readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(`${paths.data}/`)
    );
  } catch {
    return false;
  }
};

/** A process of ours (conmon, dnsmasq, a listener, a timer) in the recorded namespaces. Containers have a mount namespace of their own. */
export const findMember = (record: HostRecord, paths: Paths): ProcessRef | undefined => {
  for (const pid of listPids()) {
    if (namespaceOf(pid, 'user') !== record.userNs || namespaceOf(pid, 'mnt') !== record.mntNs) continue;
    if (holdsOurMounts(pid, paths)) return processRef(pid);
  }
  return undefined;
};

/**
 * Everything that lives in the recorded user namespace: holder, engine, conmons, containers. Empty when its number belongs to somebody
 * else's namespace by now. What made a namespace inside it (pasta's sandbox) is not seen: see net/*.pid.
 */
export const listMembers = (record: HostRecord, paths: Paths): ProcessRef[] => {
  const members = listPids().filter((pid) => namespaceOf(pid, 'user') === record.userNs);
  return members.some((pid) => isOurs(pid, paths)) ? members.flatMap((pid) => processRef(pid) ?? []) : [];
};
