/** Gathers what preflight asks of the machine: paths, ports, addresses. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { KubeObject, Pod } from '../api/objects.ts';
import { describeHolder, findHolder, type Listening, readListening, readUnprivilegedPortStart } from '../network/listening.ts';
import { canonicalIp, portsOverlap, publishedPorts } from '../network/published.ts';
import { workloadsOf } from './workload.ts';
import type { HeldPort, PathKind, World } from './world.ts';

const kindOfFile = (stats: Stats): PathKind => {
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'file';
  if (stats.isSocket()) return 'socket';
  if (stats.isCharacterDevice()) return 'character device';
  return stats.isBlockDevice() ? 'block device' : 'other';
};

const kindOfPath = async (path: string): Promise<PathKind> => {
  try {
    return kindOfFile(await stat(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'unreadable';
  }
};

const hostPaths = (objects: readonly KubeObject[]): string[] =>
  workloadsOf(objects).flatMap(({ spec }) => (spec.volumes ?? []).flatMap((volume) => (volume.hostPath ? [volume.hostPath.path] : [])));

/** Only sockets in the way of this manifest: finding out who holds one means looking through all processes. */
const heldPorts = async (objects: readonly KubeObject[]): Promise<HeldPort[]> => {
  const wanted = workloadsOf(objects).flatMap(({ metadata, spec }) => publishedPorts({ metadata: metadata as Pod['metadata'], spec }));
  if (wanted.length === 0) return [];
  const sockets = (await readListening()).filter((socket) => wanted.some((port) => portsOverlap(port, socket)));
  const held = async (socket: Listening): Promise<HeldPort> => ({ ...socket, holder: describeHolder(await findHolder(socket)) });
  return Promise.all(sockets.map(held));
};

const hostAddresses = (): Set<string> =>
  new Set(
    Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .flatMap(({ address }) => canonicalIp(address) ?? []),
  );

export type Surroundings = Pick<World, 'held' | 'unprivilegedPortStart' | 'hostAddresses' | 'paths'>;

/** `objects` as in preflight(). */
export const lookAround = async (objects: readonly KubeObject[]): Promise<Surroundings> => {
  const [held, unprivilegedPortStart, paths] = await Promise.all([
    heldPorts(objects),
    readUnprivilegedPortStart(),
    Promise.all([...new Set(hostPaths(objects))].map(async (path): Promise<[string, PathKind]> => [path, await kindOfPath(path)])),
  ]);
  return { held, unprivilegedPortStart, hostAddresses: hostAddresses(), paths: new Map(paths) };
};
