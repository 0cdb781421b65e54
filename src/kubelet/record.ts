/**
 * What the engine remembers of the machine, one row each in the store's private records. A row is written before the step
 * that makes the thing, so that whatever dies in between, the next engine knows what to look for.
 */

/** A process that cannot be mistaken for a later one of the same number. `start` is field 22 of /proc/PID/stat, in clock ticks. */
export interface ProcessRef {
  pid: number;
  start: string;
}

export interface SandboxRecord {
  /** 32 hex digits; the infra container's id for the OCI runtime. */
  id: string;
  podUid: string;
  namespace: string;
  pod: string;
  /** From 0, counts the sandboxes of this pod. */
  attempt: number;
  hostNetwork: boolean;
  sharedPid: boolean;
  /** The pod's IPv4 address; absent with hostNetwork. */
  address?: string;
  state: 'creating' | 'ready' | 'stopped';
  infra?: ProcessRef;
  /** Boot in which it was made: of another boot means it is gone. */
  bootId: string;
  createdAt: string;
}

export interface ContainerRecord {
  /** 32 hex digits; the OCI runtime's id. */
  id: string;
  podUid: string;
  sandboxId: string;
  namespace: string;
  pod: string;
  name: string;
  kind: 'init' | 'app';
  /** = restartCount of this instance, from 0. */
  attempt: number;
  /** Hash of the container's spec: another one means it has to be replaced. */
  specHash: string;
  image: string;
  imageId: string;
  /** creating: registered, perhaps half made; created: made, not started; running; exited. */
  state: 'creating' | 'created' | 'running' | 'exited';
  process?: ProcessRef;
  conmon?: ProcessRef;
  bootId: string;
  createdAt: string;
  startedAt?: string;
  finishedAt?: string;
  exitCode?: number;
  signal?: number;
  /** Completed, Error, OOMKilled, ContainerCannotRun, ContainerStatusUnknown, StartError … */
  reason?: string;
  /** Termination message. */
  message?: string;
  /** Absolute path of the CRI log file. */
  logPath: string;
  /** postStart hook has ended well (or there is none). */
  postStarted?: boolean;
  /** postStart hook has failed, and how: the container is to be ended. */
  postStartError?: string;
  /** Mount namespace of its processes, where they share the pod's PID namespace. */
  mountNamespace?: string;
  /** After the end: its mounts, runtime state and writable layer are gone. */
  cleaned?: boolean;
  /** It is being ended, or was. Written before the first step of that. */
  kill?: KillRecord;
}

/** How far the end of a container has come; times are RFC 3339 with milliseconds. The steps are in termination.ts. */
export interface KillRecord {
  /** For the event: `Stopping container web`. */
  why: string;
  /** What it makes room for: it is started again whatever its code. */
  restart: boolean;
  startedAt: string;
  /** As asked for, the shortest so far. 0: SIGKILL at once, no hook. */
  gracePeriodSeconds: number;
  /** When the grace is over: only ever earlier. */
  deadline: string;
  hookStartedAt?: string;
  hookEndedAt?: string;
  /** When the stop signal was sent. */
  stoppedAt?: string;
  /** When SIGKILL was sent last. */
  killedAt?: string;
}
