/** What the planner asks for. Data: logs, tests and the one who performs them all read the same list. */

export type Action =
  /**
   * Make a sandbox. The starts in the same list need it: what they can do without it (pull, root file system) may go on beside it.
   */
  | { do: 'createSandbox'; attempt: number; why: string }
  /** Nothing of the pod lives in it any more: infra container, address and mounts go. */
  | { do: 'stopSandbox'; id: string; why: string }
  | { do: 'startContainer'; kind: 'init' | 'app'; name: string; attempt: number; backoff?: RestartRef; why: string }
  /** Run the postStart hook, unless it is under way; set postStarted or postStartError. */
  | { do: 'postStart'; id: string; name: string; why: string }
  /**
   * See to it that it ends: beginKill, then killStep until it has. Asked for again in every plan as long as it lives.
   * `why` is the text of the Killing event.
   */
  | { do: 'killContainer'; id: string; name: string; gracePeriodSeconds: number; restart: boolean; why: string }
  /** Forget an instance: row, log, writable layer. */
  | { do: 'removeContainer'; id: string; name: string; why: string }
  /** Nothing lives: the pod's phase becomes Failed for this reason. */
  | { do: 'failPod'; reason: string; message: string; why: string }
  /** A deleted pod of which nothing lives: remove its rows, volumes and logs, then the object itself. */
  | { do: 'finalize'; why: string };

/** For armBackoff, when the start is performed. */
export interface RestartRef {
  key: string;
  /** When the instance before had ended. */
  finishedAt?: string;
}

/** Why a container could not be started; shown as its waiting reason. */
export interface StartError {
  /** ErrImagePull, CreateContainerConfigError … */
  reason: string;
  message: string;
  /** RFC 3339; not tried before. Absent: at once. */
  retryAt?: string;
}

/** Results of the probes of one container instance; absent: no result yet. */
export interface ProbeResults {
  readiness?: 'Success' | 'Failure';
  liveness?: 'Success' | 'Failure';
  startup?: 'Success' | 'Failure';
}
