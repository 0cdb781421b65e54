/** Memory of processes: their proportional share of it, so that pages shared by many count once. */
import { readFileSync, readlinkSync } from 'node:fs';
import { commandLine, listPids } from '../../src/host/process.ts';

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

export const userNamespace = (pid: number | 'self'): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return '';
  }
};

const parentOf = (pid: number): number => Number(/^PPid:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0);
const pss = (pid: number): number => 1024 * Number(/^Pss:\s+(\d+)/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);

/** Of all processes in a user namespace, and their descendants. */
export function processesIn(namespace: string): number[] {
  const pids = listPids();
  const chosen = new Set(pids.filter((pid) => userNamespace(pid) === namespace));
  for (let size = -1; size !== chosen.size; ) {
    size = chosen.size;
    for (const pid of pids) if (chosen.has(parentOf(pid))) chosen.add(pid);
  }
  return [...chosen];
}

/** Bytes; the containers' own programs, which only sleep here, are left out. */
export const memoryOf = (pids: readonly number[]): number =>
  pids.filter((pid) => commandLine(pid)[0] !== 'sleep').reduce((sum, pid) => sum + pss(pid), 0);

const DAEMON = /^(pasta|passt|slirp4netns|aardvark-dns|rootlessport)/;

/** podman's network parts, which are in namespaces of their own and nobody's children. */
export const daemonsOf = (uid: number): number[] =>
  listPids().filter((pid) => {
    const status = textOf(`/proc/${pid}/status`);
    const [owner, parent] = [/^Uid:\s+(\d+)/m, /^PPid:\s+(\d+)/m].map((field) => Number(field.exec(status)?.[1] ?? -1));
    return owner === uid && parent === 1 && DAEMON.test(/^Name:\s+(.*)$/m.exec(status)?.[1] ?? '');
  });
