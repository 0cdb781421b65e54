/** Makes the volumes of pods, keeps those of API objects up to date, and removes what was made. Thin: what to do is in volume-plan.ts. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PodsteadError } from '../../api/errors.ts';
import { faultPoint } from '../../host/fault-point.ts';
import type { StoredPod } from '../pod.ts';
import { writeAtomicVolume } from './atomic-writer.ts';
import { checkHostPath } from './host-path.ts';
import { MOUNT_TIMEOUT_MS, type MountShell, tmpfsScript, unmountScript } from './mount-commands.ts';
import { mountPoints, mountsBelow } from './mount-table.ts';
import { applyGroup } from './ownership.ts';
import type { PayloadFile } from './payload.ts';
import { removeSubPaths } from './sub-path.ts';
import {
  failedMount,
  isReadOnly,
  podSecrets,
  podVolumes,
  takesFsGroup,
  type VolumeAction,
  type VolumePaths,
  type VolumePlanInput,
  type VolumeWait,
  volumePlan,
} from './volume-plan.ts';

export interface ReadyVolume {
  path: string;
  /** Nobody may write to it, whatever the mount says. */
  readOnly: boolean;
}
/** By volume name. */
export type ReadyVolumes = ReadonlyMap<string, ReadyVolume>;

export type VolumesInput = Omit<VolumePlanInput, 'paths' | 'made'>;

const made = (path: string): boolean => lstatSync(join(path, '..data'), { throwIfNoEntry: false }) !== undefined;

export class VolumeManager {
  readonly #paths: VolumePaths;
  readonly #shell: MountShell;
  /** Digest of what a volume of API objects holds, by path: spares reading it back. */
  readonly #written = new Map<string, string>();
  /** Claims that have their group for a pod: `POD-UID/VOLUME`. */
  readonly #visited = new Set<string>();
  /** Directories that are being made, by path: pods that come at once share a new claim, and its `.new`. */
  readonly #making = new Map<string, Promise<void>>();

  constructor(paths: VolumePaths, shell: MountShell) {
    this.#paths = paths;
    this.#shell = shell;
  }

  /** Can be repeated at any time; changed API objects reach the files. A wait names the first volume that can't be had yet. */
  async prepare(input: VolumesInput): Promise<ReadyVolumes | VolumeWait> {
    const actions = volumePlan({ ...input, paths: this.#paths, made });
    if (!Array.isArray(actions)) return actions;
    const faults = await Promise.all(actions.map((action) => this.#make(action, input.pod)));
    for (const [at, fault] of faults.entries()) {
      const action = actions[at];
      if (fault !== undefined && action !== undefined) return failedMount(action.volume, fault);
    }
    return new Map(actions.map((action) => [action.volume, { path: action.path, readOnly: isReadOnly(action) }]));
  }

  /**
   * Brings changed API objects into the volumes of a running pod. What is missing by now stays as it was. True: files have changed.
   */
  async refresh(input: VolumesInput): Promise<boolean> {
    const actions = volumePlan({ ...input, paths: this.#paths, made });
    if (!Array.isArray(actions)) return false;
    let changed = false;
    for (const action of actions) if (action.do === 'files') changed = (await this.#writeFiles(action, input.pod)) || changed;
    return changed;
  }

  /** Everything that was made for a pod, claims and host paths aside. Can be repeated. */
  async remove(podUid: string): Promise<void> {
    const places = [podVolumes(this.#paths, podUid), podSecrets(this.#paths, podUid)].filter((place) => existsSync(place));
    await removeSubPaths(this.#paths, podUid, this.#shell);
    if (places.length > 0) await this.#unmountBelow(places);
    faultPoint('remove-volumes');
    for (const place of places) {
      await rm(place, { recursive: true, force: true });
      for (const path of this.#written.keys()) if (path.startsWith(`${place}/`)) this.#written.delete(path);
    }
    for (const visit of this.#visited) if (visit.startsWith(`${podUid}/`)) this.#visited.delete(visit);
  }

  async #unmountBelow(places: readonly string[]): Promise<void> {
    const points = mountPoints(await readFile('/proc/self/mountinfo', 'utf8'));
    const below = places.flatMap((place) => mountsBelow(points, place));
    if (below.length === 0) return;
    const status = await this.#shell.job(unmountScript(below), { timeoutMs: MOUNT_TIMEOUT_MS });
    // what is mounted must not be removed file by file
    if (status !== 0) throw new PodsteadError('VOLUME', `can't unmount ${below.join(' ')}: umount ended with ${status}`);
  }

  /** A fault, or undefined when it is there. */
  async #make(action: VolumeAction, pod: StoredPod): Promise<string | undefined> {
    try {
      switch (action.do) {
        case 'directory':
        case 'claim':
          await this.#makeDirectory(action, pod);
          return undefined;
        case 'tmpfs':
          await this.#makeTmpfs(action, pod);
          return undefined;
        case 'files':
          await this.#writeFiles(action, pod);
          return undefined;
        case 'keep':
          return undefined;
        case 'hostPath':
          return await checkHostPath(action.path, action.type);
        case 'image':
          return `volume source image is not supported`;
      }
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Complete when it has its name: whoever dies before leaves a `.new` that the next one replaces. */
  async #makeDirectory(action: VolumeAction & { do: 'directory' | 'claim' }, pod: StoredPod): Promise<void> {
    if (!lstatSync(action.path, { throwIfNoEntry: false })) {
      const making = this.#making.get(action.path) ?? this.#makeFresh(action, pod).finally(() => this.#making.delete(action.path));
      this.#making.set(action.path, making);
      await making;
    }
    // a claim keeps what other pods left in it: its group is given once for each pod that comes
    const visit = `${pod.metadata.uid}/${action.volume}`;
    if (action.do !== 'claim' || this.#visited.has(visit)) return;
    await this.#own(action.path, action, pod, pod.spec.securityContext?.fsGroupChangePolicy === 'OnRootMismatch');
    this.#visited.add(visit);
  }

  async #makeFresh(action: VolumeAction & { do: 'directory' | 'claim' }, pod: StoredPod): Promise<void> {
    const fresh = `${action.path}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await chmod(fresh, 0o777);
    if (action.do === 'directory') await this.#own(fresh, action, pod, false);
    faultPoint('volume-directory');
    await rename(fresh, action.path);
  }

  async #makeTmpfs(action: VolumeAction & { do: 'tmpfs' }, pod: StoredPod): Promise<void> {
    await mkdir(action.path, { recursive: true });
    if (!mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).includes(action.path)) {
      const status = await this.#shell.job(tmpfsScript(action.path, action.sizeBytes), { timeoutMs: MOUNT_TIMEOUT_MS });
      if (status !== 0) throw new PodsteadError('VOLUME', `can't mount a tmpfs at ${action.path}: mount ended with ${status}`);
    }
    await this.#own(action.path, action, pod, true);
  }

  async #own(path: string, action: VolumeAction, pod: StoredPod, onlyIfRootDiffers: boolean): Promise<void> {
    const gid = pod.spec.securityContext?.fsGroup;
    if (gid === undefined || !takesFsGroup(action)) return;
    await applyGroup(path, { gid, readOnly: isReadOnly(action), onlyIfRootDiffers });
  }

  async #writeFiles(action: VolumeAction & { do: 'files' }, pod: StoredPod): Promise<boolean> {
    const digest = digestOf(action.files);
    const written = this.#written.get(action.path) === digest && made(action.path);
    if (written) return false;
    faultPoint('volume-files');
    const prepare = (directory: string) => this.#own(directory, action, pod, false);
    const changed = await writeAtomicVolume({ directory: action.path, files: action.files, prepare, now: new Date() });
    await this.#own(action.path, action, pod, true);
    this.#written.set(action.path, digest);
    return changed;
  }
}

function digestOf(files: readonly PayloadFile[]): string {
  const hash = createHash('sha256');
  for (const { path, mode, data } of files) hash.update(`${path}\0${mode}\0${data.length}\0`).update(data);
  return hash.digest('base64');
}
