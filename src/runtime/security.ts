/** A container's security context over its pod's, field by field, and what Kubernetes refuses to run. Pure. */

import { PodsteadError } from '../api/errors.ts';
import type { Container, PodSpec } from '../api/objects.ts';
import type { ContainerSecurity } from './bundle.ts';

export type SeccompType = 'RuntimeDefault' | 'Unconfined' | 'Localhost';

export interface EffectiveSecurity extends ContainerSecurity {
  runAsUser?: number;
  runAsGroup?: number;
  runAsNonRoot: boolean;
  /** supplementalGroups and fsGroup. */
  groups: number[];
  /** The groups of the image's accounts do not count. */
  strictGroups: boolean;
  seccomp: { type: SeccompType; localhostProfile?: string };
}

/** As a kubelet with `seccompDefault: true`: RuntimeDefault unless said otherwise; privileged containers have no profile. */
export function effectiveSecurity(spec: PodSpec, container: Container): EffectiveSecurity {
  const pod = spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? pod.runAsUser;
  const runAsGroup = own.runAsGroup ?? pod.runAsGroup;
  const privileged = own.privileged ?? false;
  const profile = own.seccompProfile ?? pod.seccompProfile;
  const type = privileged ? 'Unconfined' : ((profile?.type as SeccompType | undefined) ?? 'RuntimeDefault');
  return {
    privileged,
    readOnlyRoot: own.readOnlyRootFilesystem ?? false,
    ...(own.allowPrivilegeEscalation === undefined ? {} : { allowPrivilegeEscalation: own.allowPrivilegeEscalation }),
    capabilities: { add: own.capabilities?.add ?? [], drop: own.capabilities?.drop ?? [] },
    unmasked: own.procMount === 'Unmasked',
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    runAsNonRoot: own.runAsNonRoot ?? pod.runAsNonRoot ?? false,
    groups: [...(pod.supplementalGroups ?? []), ...(pod.fsGroup === undefined ? [] : [pod.fsGroup])],
    strictGroups: pod.supplementalGroupsPolicy === 'Strict',
    seccomp: { type, ...(type === 'Localhost' && profile?.localhostProfile ? { localhostProfile: profile.localhostProfile } : {}) },
  };
}

/**
 * runAsNonRoot: `user` is the image's (runAsUser wins over it). Throws CONTAINER_CONFIG: uid 0, or a name, of which Kubernetes
 * cannot know that it is not root's.
 */
export function checkNonRoot(security: EffectiveSecurity, user: { uid: number } | { name: string }, container: string): void {
  if (!security.runAsNonRoot) return;
  const refuse = (message: string, remedy: string): PodsteadError =>
    new PodsteadError('CONTAINER_CONFIG', `${message} (container: ${container})`, { remedy });
  if (security.runAsUser !== undefined) {
    if (security.runAsUser === 0) {
      throw refuse("container's runAsUser breaks non-root policy", 'set runAsUser to another number than 0');
    }
    return;
  }
  if ('name' in user) {
    throw refuse(
      `container has runAsNonRoot and image has non-numeric user (${user.name}), cannot verify user is non-root`,
      "set runAsUser to that user's number",
    );
  }
  if (user.uid === 0) {
    throw refuse('container has runAsNonRoot and image will run as root', 'set runAsUser, or give the image a USER with a number');
  }
}
