/** Where the things of pods lie, from uids and ids alone: so that they can be removed whoever made them. */
import { join } from 'node:path';
import type { Paths } from '../host/paths.ts';
import type { ContainerRecord } from './record.ts';

/** Everything of a pod that is on disk. */
export const podDirectory = (paths: Paths, podUid: string): string => join(paths.pods, podUid);
/** hosts, hostname and resolv.conf, as its containers see them. */
export const podEtc = (paths: Paths, podUid: string): string => join(paths.pods, podUid, 'etc');

export const bundleOf = (paths: Paths, id: string): string => join(paths.bundles, id);
export const rootOf = (paths: Paths, id: string): string => join(paths.bundles, id, 'rootfs');
/** The pod's /dev/shm lives and dies with its sandbox. */
export const shmOf = (paths: Paths, sandboxId: string): string => join(paths.bundles, sandboxId, 'shm');

/** The writable layer and the termination log of one instance. */
export const layerOf = (paths: Paths, podUid: string, id: string): string => join(paths.pods, podUid, 'c', id);
export const terminationLog = (paths: Paths, podUid: string, id: string): string => join(layerOf(paths, podUid, id), 'termination-log');

export const logDirectory = (paths: Paths, podUid: string, container: string): string => join(paths.pods, podUid, 'logs', container);
export const logFile = (paths: Paths, podUid: string, container: string, attempt: number): string =>
  join(logDirectory(paths, podUid, container), `${attempt}.log`);

export const cgroupOf = (record: Pick<ContainerRecord, 'podUid' | 'id'>): string => `/podstead/pod${record.podUid}/${record.id}`;
