/** What `inspect` says of a container, a pod or an image, with podman's names. Pure. */
import type { Pod } from '../api/objects.ts';
import type { Image } from '../images/image-store.ts';
import type { ContainerRecord } from '../kubelet/record.ts';
import { type ContainerRow, containerName } from './container-row.ts';
import { containersOf } from './names.ts';

const NEVER = '0001-01-01T00:00:00Z';

export function containerDetails(pod: Pod, row: ContainerRow, record: ContainerRecord | undefined, image: Image | undefined) {
  const spec = containersOf(pod).find((container) => container.name === row.container);
  const [path = '', ...args] = argvOf(row, spec?.command !== undefined, image);
  return {
    Id: row.id,
    Name: containerName(row),
    Created: row.createdAt,
    State: {
      Status: row.state,
      Running: row.state === 'running',
      Pid: row.state === 'running' ? (record?.process?.pid ?? 0) : 0,
      ConmonPid: row.state === 'running' ? (record?.conmon?.pid ?? 0) : 0,
      ExitCode: row.exitCode ?? 0,
      OOMKilled: record?.reason === 'OOMKilled',
      Error: row.reason ?? '',
      StartedAt: row.startedAt || NEVER,
      FinishedAt: row.finishedAt || NEVER,
    },
    Image: (row.imageId || (image?.id ?? '')).replace(/^sha256:/, ''),
    ImageName: row.image,
    Path: path,
    Args: args,
    RestartCount: row.restarts,
    Pod: row.podUid,
    PodName: row.pod,
    Namespace: row.namespace,
    LogPath: record?.logPath ?? '',
    Config: {
      Image: row.image,
      Env: [
        ...(image?.config.env ?? []),
        ...(spec?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`])),
      ],
      Cmd: spec?.args ?? image?.config.cmd ?? [],
      Entrypoint: spec?.command ?? image?.config.entrypoint ?? [],
      WorkingDir: spec?.workingDir ?? image?.config.workdir ?? '',
      Labels: row.labels,
      Tty: spec?.tty ?? false,
      OpenStdin: spec?.stdin ?? false,
    },
    Mounts: (spec?.volumeMounts ?? []).map((mount) => ({ Name: mount.name, Destination: mount.mountPath, RW: mount.readOnly !== true })),
    NetworkSettings: { IPAddress: pod.status?.podIP ?? '', Ports: portMap(row) },
  };
}

/** The program's words by Kubernetes's rule: command drops the image's entrypoint and cmd, args only its cmd. */
function argvOf(row: ContainerRow, hasCommand: boolean, image: Image | undefined): readonly string[] {
  if (hasCommand || !image) return row.command;
  return [...image.config.entrypoint, ...(row.command.length > 0 ? row.command : image.config.cmd)];
}

const portMap = (row: ContainerRow) => {
  const groups = Map.groupBy(row.ports, (p) => `${p.containerPort}/${p.protocol.toLowerCase()}`);
  return Object.fromEntries(
    [...groups].map(([port, list]) => [port, list.map((p) => ({ HostIp: p.hostIp, HostPort: String(p.hostPort) }))]),
  );
};

export function podDetails(pod: Pod, rows: readonly ContainerRow[]) {
  return {
    Id: pod.metadata.uid ?? '',
    Name: pod.metadata.name,
    Namespace: pod.metadata.namespace ?? 'default',
    Created: pod.metadata.creationTimestamp ?? '',
    State: pod.status?.phase ?? 'Pending',
    Labels: pod.metadata.labels ?? {},
    IPAddress: pod.status?.podIP ?? '',
    NumContainers: rows.length,
    Containers: rows.map((row) => ({ Id: row.id, Name: containerName(row), State: row.state })),
  };
}

export const imageDetails = (image: Image) => ({
  Id: image.id,
  RepoTags: image.names,
  Digest: image.digest,
  Created: image.created,
  Size: image.size,
  Config: {
    Entrypoint: image.config.entrypoint,
    Cmd: image.config.cmd,
    Env: image.config.env,
    User: image.config.user,
    WorkingDir: image.config.workdir,
    ExposedPorts: Object.fromEntries(image.config.exposedPorts.map((port) => [port, {}])),
    Volumes: Object.fromEntries(image.config.volumes.map((volume) => [volume, {}])),
    Labels: image.config.labels,
    StopSignal: image.config.stopSignal ?? '',
  },
});
