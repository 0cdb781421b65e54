/** The processes of podstead, by what they are. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readHolder, readHost } from '../../../src/host/boot.ts';
import type { Paths } from '../../../src/host/paths.ts';
import { commandLine, listPids, namespaceOf, type ProcessRef, parseStat, readRef, startTime } from '../../../src/host/process.ts';

export type Role =
  | 'holder'
  | 'engine'
  | 'prober'
  | 'bridge'
  | 'dns'
  | 'egress'
  | 'infra'
  | 'conmon'
  | 'listener'
  | 'listener shell'
  | 'holder shell'
  | 'other';

export interface Process extends ProcessRef {
  parent: number;
  argv: string[];
  role: Role;
}

const linksOf = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
};

const roleOf = (pid: number, argv: readonly string[], paths: Paths): Role => {
  const text = argv.join(' ');
  const program = basename(argv[0] ?? '');
  if (argv[1]?.endsWith('/holder.sh')) return linksOf(pid).includes(paths.holderLock) ? 'holder' : 'holder shell';
  if (program === 'node' && text.endsWith('/engine.js')) return 'engine';
  if (program === 'node' && text.endsWith('/prober.js')) return 'prober';
  if (program === 'ip' && text.endsWith('-force -batch -')) return 'bridge';
  if (program === 'dnsmasq') return 'dns';
  if (/^(pasta|passt|slirp4netns)/.test(program)) return 'egress';
  if (text === '/catatonit -P') return 'infra';
  if (program === 'conmon') return 'conmon';
  if (/^systemd-socket-/.test(program)) return 'listener';
  if (text.includes(`${paths.net}/ports/`)) return 'listener shell';
  return 'other';
};

const look = (pid: number, paths: Paths): Process[] => {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const argv = commandLine(pid);
    if (!stat || startTime(pid) !== stat.start || argv.length === 0) return [];
    return [{ pid, start: stat.start, parent: stat.parent, argv, role: roleOf(pid, argv, paths) }];
  } catch {
    return [];
  }
};

/** All that live in our user namespace, and egress, which makes one of its own inside it. */
export function ourProcesses(paths: Paths): Process[] {
  const holder = readHolder(paths);
  const userNs = (holder && namespaceOf(holder.pid, 'user')) ?? readHost(paths)?.userNs;
  const egress = readRef(join(paths.net, 'egress.pid'))?.pid;
  return listPids().flatMap((pid) =>
    pid === egress || (userNs !== undefined && namespaceOf(pid, 'user') === userNs) ? look(pid, paths) : [],
  );
}
