/** What has to be there before a pod's containers can be made: one step a volume. Pure. */

import type { PersistentVolumeClaim, Volume } from '../../api/objects.ts';
import { quantityUnits } from '../../api/quantity.ts';
import type { StoredPod } from '../pod.ts';
import { isConfidential, type PayloadFile, type PayloadInput, volumePayload } from './payload.ts';

export interface VolumePaths {
  /** Per pod, by uid. */
  pods: string;
  /** Per claim, by uid. */
  volumes: string;
  /** Per pod, by uid; a tmpfs. */
  secrets: string;
}

export type HostPathType = '' | 'DirectoryOrCreate' | 'Directory' | 'FileOrCreate' | 'File' | 'Socket' | 'CharDevice' | 'BlockDevice';

interface Common {
  volume: string;
  /** Where it is on the machine. */
  path: string;
}
export type VolumeAction =
  | (Common & { do: 'directory' })
  | (Common & { do: 'tmpfs'; sizeBytes?: number })
  | (Common & { do: 'files'; files: PayloadFile[] })
  /** Made earlier of an object that is gone: stays as it is, as long as the pod lives. */
  | (Common & { do: 'keep' })
  | (Common & { do: 'claim'; readOnly: boolean })
  | (Common & { do: 'hostPath'; type: HostPathType })
  /** Mounted by whoever has the image store: the root file system of an image, read-only, at `path`. */
  | (Common & { do: 'image'; reference: string; pullPolicy?: string });

/** The pod waits as ContainerCreating; message of the event. */
export interface VolumeWait {
  reason: 'FailedMount';
  message: string;
}

export interface VolumePlanInput extends Omit<PayloadInput, 'pod'> {
  pod: StoredPod;
  /** By name, of the pod's namespace. */
  claims: ReadonlyMap<string, PersistentVolumeClaim>;
  paths: VolumePaths;
  /** Is there a volume of API objects at this path, from before? */
  made?: (path: string) => boolean;
}

export const podVolumes = (paths: VolumePaths, podUid: string): string => `${paths.pods}/${podUid}/volumes`;
export const podSecrets = (paths: VolumePaths, podUid: string): string => `${paths.secrets}/${podUid}`;
export const podSubPaths = (paths: VolumePaths, podUid: string): string => `${paths.pods}/${podUid}/subpaths`;

export function volumePlan(input: VolumePlanInput): VolumeAction[] | VolumeWait {
  const actions: VolumeAction[] = [];
  for (const volume of input.pod.spec.volumes ?? []) {
    const step = volumeStep(volume, input);
    if ('fault' in step) return failedMount(volume.name, step.fault);
    actions.push(step);
  }
  return actions;
}

export const failedMount = (volume: string, fault: string): VolumeWait => ({
  reason: 'FailedMount',
  message: `MountVolume.SetUp failed for volume "${volume}" : ${fault}`,
});

function volumeStep(volume: Volume, input: VolumePlanInput): VolumeAction | { fault: string } {
  const { paths, pod } = input;
  const name = { volume: volume.name };
  const path = `${podVolumes(paths, pod.metadata.uid)}/${volume.name}`;
  const payload = volumePayload(volume, input);
  if (payload) {
    const place = isConfidential(volume) ? `${podSecrets(paths, pod.metadata.uid)}/${volume.name}` : path;
    if ('fault' in payload) return input.made?.(place) ? { do: 'keep', ...name, path: place } : payload;
    return { do: 'files', ...name, path: place, files: payload.files };
  }
  if (volume.emptyDir) {
    const { medium, sizeLimit } = volume.emptyDir;
    if (medium !== 'Memory') return { do: 'directory', ...name, path };
    return { do: 'tmpfs', ...name, path, ...(sizeLimit !== undefined && { sizeBytes: quantityUnits(sizeLimit) }) };
  }
  if (volume.hostPath) return { do: 'hostPath', ...name, path: volume.hostPath.path, type: (volume.hostPath.type ?? '') as HostPathType };
  if (volume.image) {
    const { reference = '', pullPolicy } = volume.image;
    return { do: 'image', ...name, path, reference, ...(pullPolicy !== undefined && { pullPolicy }) };
  }
  return claimStep(volume, input);
}

function claimStep(volume: Volume, { pod, claims, paths }: VolumePlanInput): VolumeAction | { fault: string } {
  const own = volume.ephemeral !== undefined;
  const claimName = own ? `${pod.metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
  if (claimName === undefined) return { fault: `volume source ${Object.keys(volume).filter((k) => k !== 'name')} is not supported` };
  const claim = claims.get(claimName);
  const uid = claim?.metadata.uid;
  if (claim === undefined || uid === undefined) return { fault: `persistentvolumeclaim "${claimName}" not found` };
  const owned = claim.metadata.ownerReferences?.some((o) => o.uid === pod.metadata.uid);
  if (own && !owned) return { fault: `PVC ${claimName} was not created for pod ${pod.metadata.name} (pod is not owner)` };
  const readOnly = volume.persistentVolumeClaim?.readOnly ?? false;
  return { do: 'claim', volume: volume.name, path: `${paths.volumes}/${uid}`, readOnly };
}

/** Volumes of API objects can't be written to by anybody. */
export const isReadOnly = (action: VolumeAction): boolean =>
  action.do === 'files' || action.do === 'keep' || action.do === 'image' || (action.do === 'claim' && action.readOnly);

/** hostPath and image volumes belong to somebody else: their files keep their owners. */
export const takesFsGroup = (action: VolumeAction): boolean => action.do !== 'hostPath' && action.do !== 'image';
