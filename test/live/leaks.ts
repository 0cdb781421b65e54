/** What a user has on this machine: processes, listening ports, mounts, files. Two of these tell what was left behind. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, listPids, processRef } from '../../src/host/process.ts';

export interface Snapshot {
  /** Each one line of text, unique. */
  processes: Set<string>;
  ports: Set<string>;
  mounts: Set<string>;
  files: Set<string>;
}

export interface SnapshotOptions {
  user: { name: string; uid: number };
  /** Everything below them counts. */
  dirs?: readonly string[];
  /** Also the mounts that this process sees: the holder's. */
  pid?: number;
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** The user's own id and its subordinate ones. */
const ownsId = ({ name, uid }: SnapshotOptions['user']): ((id: number) => boolean) => {
  const ranges = textOf('/etc/subuid')
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([owner]) => owner === name || owner === String(uid))
    .map(([, start, count]) => [Number(start), Number(start) + Number(count)] as const);
  return (id) => id === uid || ranges.some(([from, to]) => id >= from && id < to);
};

/** Most of root's processes are none of ours: only those that know of one of the directories. */
const concerns = (pid: number, dirs: readonly string[]): boolean => {
  const text = textOf(`/proc/${pid}/cmdline`) + textOf(`/proc/${pid}/environ`);
  return dirs.some((dir) => text.includes(dir));
};

const processes = (options: SnapshotOptions): string[] => {
  const owns = ownsId(options.user);
  return listPids().flatMap((pid) => {
    const uid = /^Uid:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1];
    const ref = uid !== undefined && owns(Number(uid)) ? processRef(pid) : undefined;
    if (!ref || pid === process.pid) return [];
    if (options.user.uid === 0 && !concerns(pid, options.dirs ?? [])) return [];
    return [`process ${pid} ${ref.start} ${commandLine(pid).join(' ')}`];
  });
};

const ports = (options: SnapshotOptions): string[] => {
  // root's own may be anybody's
  if (options.user.uid === 0) return [];
  const owns = ownsId(options.user);
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    textOf(`/proc/net/${table}`)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , uid]) => uid !== undefined && owns(Number(uid)) && (state === '0A' || table.startsWith('udp')))
      .map(([, local = '']) => `port ${table} ${Number.parseInt(local.split(':')[1] ?? '', 16)}`),
  );
};

const mounts = (pid: number | 'self'): string[] =>
  textOf(`/proc/${pid}/mountinfo`)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `mount ${line.split(' ')[4]} (${line.split(' - ')[1]})`);

const files = (dir: string): string[] => {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      const text = `file ${path}${lstatSync(path).isDirectory() ? '/' : ''}`;
      return entry.isDirectory() ? [text, ...files(path)] : [text];
    });
  } catch (error) {
    // a directory of a subordinate id: itself was told above
    if (['EACCES', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
};

export const snapshot = (options: SnapshotOptions): Snapshot => ({
  processes: new Set(processes(options)),
  ports: new Set(ports(options)),
  mounts: new Set([...mounts('self'), ...(options.pid === undefined ? [] : mounts(options.pid))]),
  files: new Set((options.dirs ?? []).flatMap(files)),
});

/** What is there afterwards and was not before, one line each. */
export const leaks = (before: Snapshot, after: Snapshot): string[] =>
  (['processes', 'ports', 'mounts', 'files'] as const).flatMap((kind) => [...after[kind].difference(before[kind])]);
