/** From a container's spec to its config.json: environment, user, mounts, limits. */
import type { Container } from '../api/objects.ts';
import { type Account, findAccount, imageUser } from '../images/accounts.ts';
import type { ImageAccounts } from '../images/image-accounts.ts';
import type { Image } from '../images/image-store.ts';
import { type ContainerInput, containerConfig } from '../runtime/bundle.ts';
import { capabilitySet } from '../runtime/capabilities.ts';
import { imageVolumeBinds } from '../runtime/image-volumes.ts';
import type { Bind } from '../runtime/mounts.ts';
import type { OciConfig } from '../runtime/oci.ts';
import { containerResources, oomScoreAdj } from '../runtime/resources.ts';
import { checkNonRoot, effectiveSecurity } from '../runtime/security.ts';
import { type ContainerEnv, containerEnv } from './env.ts';
import { type Environment, StartFailure } from './environment.ts';
import type { StoredPod } from './pod.ts';
import { cgroupOf, podEtc, rootOf, shmOf, terminationLog } from './pod-files.ts';
import { qosClass } from './qos.ts';
import type { ContainerRecord, SandboxRecord } from './record.ts';
import { type References, readReferences } from './references.ts';
import { serviceEnv } from './service-env.ts';

export interface ConfigInput {
  env: Environment;
  pod: StoredPod;
  spec: Container;
  image: Image;
  record: ContainerRecord;
  /** Ready, infra known. */
  sandbox: SandboxRecord;
  variables: ContainerEnv;
  account: Account;
  /** Of volumes. */
  binds: readonly Bind[];
  hostname: string;
}

/** The variables, command and arguments. Throws StartFailure (CreateContainerConfigError). */
export function containerVariables(env: Environment, pod: StoredPod, spec: Container, podIP: string): ContainerEnv {
  const namespace = pod.metadata.namespace ?? 'default';
  const references: References = readReferences(env.store, namespace);
  const found = containerEnv({
    pod,
    container: spec,
    configMaps: references.configMaps,
    secrets: references.secrets,
    serviceEnv: serviceEnv(references.services, namespace, pod.spec.enableServiceLinks),
    podIPs: [podIP],
    hostIPs: [env.node.address],
    allocatable: env.node.allocatable,
  });
  if ('reason' in found) throw new StartFailure(found.reason, found.message);
  return found;
}

/** Who the process runs as. Throws CONTAINER_CONFIG and CONTAINER_CREATE. */
export async function containerAccount(accounts: ImageAccounts, pod: StoredPod, spec: Container, image: Image): Promise<Account> {
  const security = effectiveSecurity(pod.spec, spec);
  const ofImage = imageUser(image.config.user);
  checkNonRoot(security, ofImage, spec.name);
  return findAccount(await accounts.of(image), {
    user: security.runAsUser === undefined ? ofImage : { uid: security.runAsUser },
    ...(security.runAsGroup === undefined ? {} : { runAsGroup: security.runAsGroup }),
    groups: security.groups,
    strict: security.strictGroups,
  });
}

export async function ociConfig(input: ConfigInput): Promise<OciConfig> {
  const { env, pod, spec, record, sandbox } = input;
  const security = effectiveSecurity(pod.spec, spec);
  const capabilities = capabilitySet(security.capabilities ?? {}, security.privileged);
  const seccomp = await env.seccomp.profile(security.seccomp.type, security.seccomp.localhostProfile, capabilities);
  const config: ContainerInput = {
    root: { path: rootOf(env.paths, record.id) },
    image: input.image.config,
    command: input.variables.command,
    args: input.variables.args,
    env: input.variables.env.map(([name, value]) => `${name}=${value}`),
    hostname: input.hostname,
    ...(spec.workingDir ? { workdir: spec.workingDir } : {}),
    user: input.account,
    tty: spec.tty === true,
    security,
    namespaces: {
      infraPid: sandbox.infra?.pid ?? 0,
      hostNetwork: sandbox.hostNetwork,
      hostIpc: pod.spec.hostIPC === true,
      hostPid: pod.spec.hostPID === true,
      sharedPid: sandbox.sharedPid,
    },
    shm: shmOf(env.paths, sandbox.id),
    binds: [...imageVolumes(input), ...standardBinds(input), ...input.binds],
    cgroupsPath: cgroupOf(record),
    resources: containerResources(spec.resources ?? {}),
    oomScoreAdj: oomScore(env, pod, spec),
    // what is mounted for root is still owned by root: his pods keep the masks
    mayUnmask: env.paths.uid !== 0,
    seccomp: seccomp.profile,
    ...(seccomp.bpf === undefined ? {} : { seccompBpf: seccomp.bpf }),
  };
  return containerConfig(config);
}

/** An image's VOLUMEs can be written to, whatever its root. */
function imageVolumes({ env, spec, image, record, binds }: ConfigInput): Bind[] {
  if (spec.securityContext?.readOnlyRootFilesystem !== true) return [];
  return imageVolumeBinds(
    rootOf(env.paths, record.id),
    image.config.volumes,
    binds.map(({ destination }) => destination),
  );
}

function standardBinds({ env, pod, spec, record }: ConfigInput): Bind[] {
  const etc = podEtc(env.paths, pod.metadata.uid);
  const readOnly = spec.securityContext?.readOnlyRootFilesystem === true;
  return [
    ...['hosts', 'hostname', 'resolv.conf'].map(
      (name): Bind => ({ source: `${etc}/${name}`, destination: `/etc/${name}`, ...(readOnly && { readOnly }) }),
    ),
    {
      source: terminationLog(env.paths, pod.metadata.uid, record.id),
      destination: spec.terminationMessagePath ?? '/dev/termination-log',
    },
  ];
}

function oomScore({ node }: Environment, pod: StoredPod, spec: Container): number {
  const memoryRequest = spec.resources?.requests?.['memory'];
  return oomScoreAdj({
    qos: qosClass(pod),
    ...(memoryRequest === undefined ? {} : { memoryRequest }),
    capacity: node.memoryBytes,
    least: node.oomScoreAdj,
  });
}
