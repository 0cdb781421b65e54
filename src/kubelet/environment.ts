/** What the kubelet's effects are given: everything that reaches the machine or the store. Made once, in engine/. */
import type { Pod } from '../api/objects.ts';
import type { Paths } from '../host/paths.ts';
import type { WorkerPool } from '../host/worker.ts';
import type { ImageAccounts } from '../images/image-accounts.ts';
import type { Image, ImageStore } from '../images/image-store.ts';
import type { PodRange } from '../network/address.ts';
import type { Bridge } from '../network/bridge.ts';
import type { PodDns } from '../network/dns.ts';
import type { Listeners } from '../network/listeners.ts';
import type { RuntimeLayout } from '../runtime/commands.ts';
import type { OciSeccomp } from '../runtime/oci.ts';
import type { Store } from '../store/store.ts';
import type { Allocatable } from './downward.ts';
import type { DialRequest } from './handler.ts';
import type { KubeletMemory } from './memory.ts';
import type { StoredPod } from './pod.ts';
import type { DialResult } from './probes/dial.ts';
import type { VolumeManager } from './volumes/volume-manager.ts';

export interface PodEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** Name of the container it is about. */
  container?: string;
}

/** What the kubelet says to the API. */
export interface KubeletApi {
  setStatus(pod: StoredPod, status: Pod['status']): void;
  event(pod: StoredPod, event: PodEvent): void;
  /** Nothing of this pod is left on the machine. */
  finalize(uid: string): void;
}

export interface NodeFacts {
  /** `spec.nodeName` and the host's name. */
  name: string;
  /** The machine's address in its network. */
  address: string;
  /** As `uname -m`. */
  arch: string;
  allocatable: Allocatable;
  /** Lines of /proc/self/gid_map. */
  gidMap: string;
  domain: string;
  memoryBytes: number;
  /** Our own oom_score_adj. */
  oomScoreAdj: number;
}

export interface ImagePuller {
  /** The image, pulled if the policy wants it. Rejects with StartFailure. */
  ensure(pod: StoredPod, container: string, image: string, policy: string | undefined, signal: AbortSignal): Promise<Image>;
}

export interface SeccompProfiles {
  /** The profile for these capabilities, with its compiled form where there is one. Throws CONTAINER_CREATE. */
  profile(type: string, localhost: string | undefined, capabilities: readonly string[]): Promise<{ profile: OciSeccomp; bpf?: string }>;
}

export interface Dialler {
  /** From the node's network, or from the machine's own with `hostNetwork`. */
  dial(request: DialRequest, hostNetwork: boolean): Promise<DialResult>;
  close(): void;
}

export interface KubeletTools {
  sh: string;
  ip: string;
}

export interface Environment {
  paths: Paths;
  bootId: string;
  node: NodeFacts;
  range: PodRange;
  store: Store;
  memory: KubeletMemory;
  api: KubeletApi;
  pool: WorkerPool;
  layout: RuntimeLayout;
  images: ImageStore;
  accounts: ImageAccounts;
  puller: ImagePuller;
  seccomp: SeccompProfiles;
  bridge: Bridge;
  dns: PodDns;
  listeners: Listeners;
  volumes: VolumeManager;
  dialler: Dialler;
  tools: KubeletTools;
  /** A directory with nothing but catatonit in it. */
  infraRoot: string;
  /** New ids: 32 hex digits. */
  newId(): string;
  now(): Date;
}

/** Reason of a start that lost its sandbox: nothing is wrong with the container, it is started in the next one. */
export const SANDBOX_GONE = 'SandboxChanged';

/** Why a container could not be started, as its waiting state. */
export class StartFailure extends Error {
  readonly reason: string;
  readonly retryAfterMs: number;
  constructor(reason: string, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs ?? 10_000;
  }
}
