/** The mounts of one container, from its volumeMounts and the pod's ready volumes. */
import { expand } from '../../api/expansion.ts';
import type { Container, VolumeMount } from '../../api/objects.ts';
import type { Bind, Propagation } from '../../runtime/mounts.ts';
import type { EnvFault } from '../env.ts';
import type { MountShell } from './mount-commands.ts';
import { mountSubPath } from './sub-path.ts';
import type { ReadyVolume, ReadyVolumes } from './volume-manager.ts';
import { podSubPaths, type VolumePaths } from './volume-plan.ts';

export interface BindsInput {
  container: Container;
  podUid: string;
  volumes: ReadyVolumes;
  /** Of the container, for subPathExpr. */
  env: readonly [string, string][];
  paths: VolumePaths;
  shell: MountShell;
}

const configError = (message: string): EnvFault => ({ reason: 'CreateContainerConfigError', message });

/** The part of the volume that is wanted, '' for all of it; or a fault. Pure. */
export function subPathOf(mount: VolumeMount, env: ReadonlyMap<string, string>): { subPath: string } | { fault: string } {
  if (!mount.subPathExpr) return { subPath: mount.subPath ?? '' };
  const missing: string[] = [];
  // an empty value would mean another directory than the one that was meant
  const usable = new Map([...env].filter(([, value]) => value !== ''));
  const subPath = expand(mount.subPathExpr, usable, (name) => missing.push(name));
  if (missing[0] !== undefined) return { fault: `missing value for "${missing[0]}"` };
  if (subPath.startsWith('/')) return { fault: `error SubPath \`${subPath}\` must not be an absolute path` };
  return { subPath };
}

function bind(mount: VolumeMount, volume: ReadyVolume, source: string): Bind {
  const readOnly = volume.readOnly || (mount.readOnly ?? false);
  const recursive = readOnly && mount.recursiveReadOnly !== undefined && mount.recursiveReadOnly !== 'Disabled';
  return {
    source,
    destination: mount.mountPath,
    ...(readOnly && { readOnly }),
    ...(recursive && { recursiveReadOnly: true }),
    ...(mount.mountPropagation !== undefined && { propagation: mount.mountPropagation as Propagation }),
  };
}

/** In the order of volumeMounts. Makes the mounts for subPaths, anew for each instance, so that a replaced file is the new one. */
export async function containerBinds(input: BindsInput): Promise<Bind[] | EnvFault> {
  const { container, volumes, paths, podUid } = input;
  const env = new Map(input.env);
  const binds: Bind[] = [];
  for (const [at, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = volumes.get(mount.name);
    if (volume === undefined) return configError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const wanted = subPathOf(mount, env);
    if ('fault' in wanted) return configError(wanted.fault);
    let source = volume.path;
    if (wanted.subPath !== '') {
      source = `${podSubPaths(paths, podUid)}/${container.name}/${at}`;
      const fault = await mountPart({ root: volume.path, subPath: wanted.subPath, target: source }, input.shell);
      if (fault !== undefined)
        return configError(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}": ${fault}`);
    }
    binds.push(bind(mount, volume, source));
  }
  return binds;
}

async function mountPart(mount: { root: string; subPath: string; target: string }, shell: MountShell): Promise<string | undefined> {
  try {
    await mountSubPath(mount, shell);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
