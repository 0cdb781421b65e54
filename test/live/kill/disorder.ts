/**
 * What exists of podstead on this machine against what its store says: everything once, nothing left over, no stranger.
 * Read from outside: processes by /proc, files and mounts through the holder's, rows from the store.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PersistentVolumeClaim, Play, Pod } from '../../../src/api/objects.ts';
import { readHolder } from '../../../src/host/boot.ts';
import { enterPid } from '../../../src/host/namespace.ts';
import type { Paths } from '../../../src/host/paths.ts';
import { runTool } from '../../../src/host/spawn.ts';
import { findTools, requireTool } from '../../../src/host/tools.ts';
import type { ContainerRecord, SandboxRecord } from '../../../src/kubelet/record.ts';
import { Store } from '../../../src/store/store.ts';
import { ourProcesses, type Process, type Role } from './processes.ts';

export interface Rows {
  pods: Pod[];
  claims: PersistentVolumeClaim[];
  plays: Play[];
  sandboxes: SandboxRecord[];
  containers: ContainerRecord[];
  /** Uids of pods that the kubelet remembers anything of. */
  podRows: string[];
  holds: string[];
}

export function readRows(paths: Paths): Rows {
  const store = Store.open(paths.store, { readOnly: true });
  try {
    const rows = <T>(bucket: string) => store.records<T>(bucket).all();
    return {
      pods: store.list<Pod>('v1', 'Pod'),
      claims: store.list<PersistentVolumeClaim>('v1', 'PersistentVolumeClaim'),
      plays: store.list<Play>('podstead.dev/v1', 'Play'),
      sandboxes: rows<SandboxRecord>('sandbox').map(([, row]) => row),
      containers: rows<ContainerRecord>('container').map(([, row]) => row),
      podRows: rows('pod').map(([uid]) => uid),
      holds: rows('hold').map(([uid]) => uid),
    };
  } finally {
    store.close();
  }
}

/** One line for each thing that is doubled, left over, missing or unknown. Nothing, when all is at rest. */
export async function disorder(paths: Paths): Promise<string[]> {
  const rows = readRows(paths);
  const holder = readHolder(paths);
  const faults = [...rowFaults(rows), ...fileFaults(paths, rows)];
  if (!holder) return [...faults, ...(rows.sandboxes.some((s) => s.state !== 'stopped') ? ['no holder lives'] : [])];
  const processes = ourProcesses(paths);
  faults.push(...countFaults(processes, rows), ...strangers(processes), ...insideFaults(paths, holder.pid, rows));
  if (rows.sandboxes.length > 0) faults.push(...(await networkFaults(paths, holder.pid, rows)));
  return faults;
}

const list = (directory: string): string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};
const twice = (items: readonly string[]): string[] => items.filter((item, at) => items.indexOf(item) !== at);
const say = (items: readonly string[], text: (item: string) => string): string[] => items.map(text);
const uidsOf = (objects: readonly { metadata?: { uid?: string } }[]): Set<string> => new Set(objects.map((o) => o.metadata?.uid ?? ''));

function rowFaults({ pods, sandboxes, containers, podRows, holds }: Rows): string[] {
  const known = uidsOf(pods);
  const standing = sandboxes.filter((s) => s.state !== 'stopped');
  const live = containers.filter((c) => c.state !== 'exited');
  return [
    ...sandboxes.filter((s) => !known.has(s.podUid)).map((s) => `row: sandbox ${s.id} of no pod`),
    ...containers.filter((c) => !known.has(c.podUid)).map((c) => `row: container ${c.id} of no pod`),
    ...podRows.filter((uid) => !known.has(uid)).map((uid) => `row: memory of no pod ${uid}`),
    ...holds.map((uid) => `row: hold ${uid}`),
    ...standing.filter((s) => s.state === 'creating').map((s) => `row: sandbox ${s.id} half made`),
    ...live.filter((c) => c.state !== 'running').map((c) => `row: container ${c.id} half made`),
    ...containers.filter((c) => c.state === 'exited' && !c.cleaned).map((c) => `row: container ${c.id} not cleaned`),
    ...twice(standing.map((s) => s.podUid)).map((uid) => `row: two sandboxes of pod ${uid}`),
    ...twice(standing.flatMap((s) => s.address ?? [])).map((address) => `row: address ${address} twice`),
    ...twice(live.map((c) => `${c.podUid}/${c.name}`)).map((name) => `row: two instances of ${name}`),
  ];
}

/** What is seen without entering a namespace. */
function fileFaults(paths: Paths, { pods, claims, sandboxes, containers, podRows }: Rows): string[] {
  const known = uidsOf(pods).union(new Set(podRows));
  const claimed = uidsOf(claims);
  const named = new Set(sandboxes.filter((s) => s.state === 'ready' && s.address !== undefined).map((s) => s.podUid));
  const uncleaned = new Set(containers.filter((c) => !c.cleaned).map((c) => c.id));
  const not = (directory: string, wanted: ReadonlySet<string>) => list(directory).filter((name) => !wanted.has(name));
  const hosts = join(paths.net, 'hosts');
  return [
    ...say(not(paths.pods, known), (uid) => `file: pods/${uid} of no pod`),
    ...list(paths.pods).flatMap((uid) => say(not(join(paths.pods, uid, 'c'), uncleaned), (id) => `file: layer ${id} of pod ${uid}`)),
    ...say(not(paths.volumes, claimed), (uid) => `file: volumes/${uid} of no claim`),
    ...say(not(paths.exits, uncleaned), (id) => `file: exits/${id}`),
    ...say(not(paths.conmonSockets, uncleaned), (id) => `file: s/${id}`),
    ...say(not(hosts, named), (uid) => `file: names of no pod ${uid}`),
    ...[...named].filter((uid) => !list(hosts).includes(uid)).map((uid) => `pod ${uid} has no name`),
    ...say(
      list(join(paths.net, 'ports')).filter((name) => /\.(new|old)$/.test(name)),
      (name) => `file: ports/${name}`,
    ),
  ];
}

const portsOf = ({ pods, sandboxes }: Rows): string[] =>
  sandboxes
    .filter((s) => s.state === 'ready')
    .flatMap((s) => {
      const pod = pods.find((one) => one.metadata?.uid === s.podUid);
      const ports = (pod?.spec?.containers ?? []).flatMap((c) => c.ports ?? []);
      return ports.flatMap((p) => (p.hostPort ? [`${s.address}:${p.containerPort}`] : []));
    });

const ALONE = ['holder', 'engine', 'prober', 'bridge', 'dns', 'egress'] as const;

function countFaults(processes: readonly Process[], rows: Rows): string[] {
  const byPid = new Map(processes.map((p) => [p.pid, p]));
  const of = (role: Role) => processes.filter((p) => p.role === role);
  const running = rows.containers.filter((c) => c.state === 'running');
  const compare = (what: string, found: readonly number[], wanted: readonly (number | undefined)[]) => [
    ...found.filter((pid) => !wanted.includes(pid)).map((pid) => `process: ${what} ${pid} that no row knows`),
    ...wanted.filter((pid) => pid === undefined || !found.includes(pid)).map((pid) => `process: ${what} ${pid} is gone`),
  ];
  // conmon forks itself before it runs what is to be a container
  const conmons = of('conmon').filter((p) => byPid.get(p.parent)?.role !== 'conmon');
  const listeners = of('listener').map((p) => p.argv.at(-1) ?? '');
  const wanted = portsOf(rows);
  return [
    ...ALONE.flatMap((role) => (of(role).length > 1 ? [`process: ${of(role).length} × ${role}`] : [])),
    ...compare(
      'infra',
      of('infra').map((p) => p.pid),
      rows.sandboxes.filter((s) => s.state === 'ready').map((s) => s.infra?.pid),
    ),
    ...compare(
      'conmon',
      conmons.map((p) => p.pid),
      running.map((c) => c.conmon?.pid),
    ),
    ...running.filter((c) => !byPid.has(c.process?.pid ?? 0)).map((c) => `process: container ${c.pod}/${c.name} is gone`),
    ...(listeners.sort().join() === wanted.sort().join() ? [] : [`process: listeners for [${listeners}], not [${wanted}]`]),
  ];
}

/** What descends from nothing that we know. */
function strangers(processes: readonly Process[]): string[] {
  const byPid = new Map(processes.map((p) => [p.pid, p]));
  const isKnown = (p: Process | undefined): boolean => p !== undefined && (p.role !== 'other' || isKnown(byPid.get(p.parent)));
  // shells and timers of a dead holder go on until what they watch ends
  const idle = (p: Process) =>
    p.role === 'holder shell' && !processes.some((child) => child.parent === p.pid) && byPid.get(p.parent)?.role !== 'holder';
  return processes
    .filter((p) => !isKnown(p) || idle(p))
    .map((p) => `process: a stranger ${p.pid} (child of ${p.parent}) ${p.argv.join(' ').slice(0, 200)}`);
}

/** Mounts, bundles and states, in the holder's mount namespace. */
function insideFaults(paths: Paths, holder: number, { sandboxes, containers, pods }: Rows): string[] {
  const live = new Set([
    ...sandboxes.filter((s) => s.state !== 'stopped').map((s) => s.id),
    ...containers.filter((c) => !c.cleaned).map((c) => c.id),
  ]);
  const known = uidsOf(pods);
  const not = (directory: string, wanted: ReadonlySet<string>) =>
    list(`/proc/${holder}/root${directory}`).filter((name) => !wanted.has(name));
  const points = readFileSync(`/proc/${holder}/mountinfo`, 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? []);
  const below = (directory: string, wanted: ReadonlySet<string>) =>
    points.filter((point) => point.startsWith(`${directory}/`) && !wanted.has(point.slice(directory.length + 1).split('/')[0] ?? ''));
  return [
    ...say(not(paths.bundles, live), (id) => `file: bundle ${id}`),
    ...say(not(paths.crunRoot, live), (id) => `file: state of the runtime ${id}`),
    ...say(not(paths.secrets, known), (uid) => `file: secrets of no pod ${uid}`),
    ...say(
      twice(points.filter((point) => point.startsWith(`${paths.run}/`) || point.startsWith(`${paths.data}/`))),
      (point) => `mount: ${point} twice`,
    ),
    ...say([...below(paths.bundles, live), ...below(paths.pods, known)], (point) => `mount: ${point}`),
  ];
}

async function networkFaults(paths: Paths, holder: number, { sandboxes }: Rows): Promise<string[]> {
  const tools = findTools(process.env);
  const nsenter = requireTool(tools, 'nsenter');
  const ip = [requireTool(tools, 'ip'), '-o', 'link', 'show', 'type', 'veth'];
  const { stdout } = await runTool([...enterPid(nsenter, holder, paths.uid), nsenter, `--net=${paths.netns}`, ...ip], { timeoutMs: 5_000 });
  const found = stdout.split('\n').filter((line) => line !== '');
  const plugged = found.filter((line) => line.includes(' master br0 ')).length;
  const wanted = sandboxes.filter((s) => s.state === 'ready' && s.address !== undefined).length;
  return found.length === wanted && plugged === wanted
    ? []
    : [`network: ${found.length} veths, ${plugged} on the bridge, for ${wanted} pods`];
}
