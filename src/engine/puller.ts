/** Images for containers: present, or pulled once however many pods want it, with Kubernetes's back-off. */
import { isCode } from '../api/errors.ts';
import type { Pod } from '../api/objects.ts';
import type { BuildahSetup } from '../images/buildah.ts';
import type { Image, ImageStore } from '../images/image-store.ts';
import { pullImage } from '../images/pull.ts';
import { decidePull, defaultPullPolicy, type PullPolicy } from '../images/pull-policy.ts';
import { armBackoff, type BackoffState, clearBackoff, imageBackoffKey, pullBlockedUntil } from '../kubelet/backoff.ts';
import { type ImagePuller, type KubeletApi, StartFailure } from '../kubelet/environment.ts';
import type { KubeletMemory } from '../kubelet/memory.ts';
import type { StoredPod } from '../kubelet/pod.ts';

export interface PullerOptions {
  images: ImageStore;
  /** Made when it is first needed. Throws TOOL_MISSING. */
  setup(): Promise<BuildahSetup>;
  memory: KubeletMemory;
  api: KubeletApi;
  /** Was this image built by a play (`--build`)? */
  isFresh(imageId: string): boolean;
  now(): Date;
}

/** A pull of gigabytes over a slow line takes its time; one that hangs must end. */
const PULL_MS = 30 * 60_000;
const SOON_MS = 100;

export class Puller implements ImagePuller {
  readonly #options: PullerOptions;
  readonly #pulls = new Map<string, Promise<void>>();
  /** Why the last pull of an image failed: while nobody tries again, that is what the pod's status says. */
  readonly #failures = new Map<string, string>();

  constructor(options: PullerOptions) {
    this.#options = options;
  }

  async ensure(pod: StoredPod, container: string, image: string, policy: string | undefined, signal: AbortSignal): Promise<Image> {
    const { images, isFresh } = this.#options;
    const present = this.#find(image);
    const wanted = (policy as PullPolicy | undefined) ?? defaultPullPolicy(image);
    const decision = decidePull({
      image,
      policy: wanted,
      present: present !== undefined,
      fresh: present !== undefined && isFresh(present.id),
    });
    if (decision.do === 'fail') throw new StartFailure(decision.reason, decision.message, { retryAfterMs: 15_000 });
    if (decision.do === 'use' && present) return present;
    await this.#pull(pod, container, image, signal);
    const pulled = images.find(image);
    if (!pulled) throw new StartFailure('ErrImagePull', `image ${image} was pulled and is not there`, { retryAfterMs: SOON_MS });
    return pulled;
  }

  #find(image: string): Image | undefined {
    try {
      return this.#options.images.find(image);
    } catch (error) {
      if (isCode(error, 'IMAGE_NAME')) throw new StartFailure('InvalidImageName', error.message, { retryAfterMs: 300_000, cause: error });
      throw error;
    }
  }

  async #pull(pod: StoredPod, container: string, image: string, signal: AbortSignal): Promise<void> {
    const { memory, api, now } = this.#options;
    const uid = pod.metadata.uid;
    const key = imageBackoffKey(image);
    const blocked = pullBlockedUntil(memory.pod(uid).backoff, key, now());
    if (blocked) {
      const why = this.#failures.get(image);
      throw new StartFailure('ImagePullBackOff', `Back-off pulling image "${image}"${why === undefined ? '' : `: ErrImagePull: ${why}`}`, {
        retryAfterMs: blocked.getTime() - now().getTime(),
      });
    }
    api.event(pod, { type: 'Normal', reason: 'Pulling', message: `Pulling image "${image}"`, container });
    const began = now().getTime();
    try {
      await this.#once(image, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      this.#setBackoff(uid, (state) => armBackoff(state, key, undefined, now()));
      const message = error instanceof Error ? error.message : String(error);
      this.#failures.set(image, message);
      api.event(pod, { type: 'Warning', reason: 'Failed', message, container });
      throw new StartFailure('ErrImagePull', message, { retryAfterMs: SOON_MS, cause: error });
    }
    this.#failures.delete(image);
    this.#setBackoff(uid, (state) => clearBackoff(state, key));
    const seconds = ((now().getTime() - began) / 1000).toFixed(1);
    api.event(pod, { type: 'Normal', reason: 'Pulled', message: `Successfully pulled image "${image}" in ${seconds}s`, container });
  }

  #setBackoff(uid: Pod['metadata']['uid'] & string, change: (state: BackoffState) => BackoffState): void {
    const { memory } = this.#options;
    const pod = memory.pod(uid);
    memory.putPod(uid, { ...pod, backoff: change(pod.backoff) });
  }

  /** The same image by many pods at once happens once; it goes on as long as one of them wants it. */
  #once(image: string, signal: AbortSignal): Promise<void> {
    const running = this.#pulls.get(image);
    const pull = running ?? this.#run(image).finally(() => this.#pulls.delete(image));
    this.#pulls.set(image, pull);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      pull.then(resolve, reject);
    });
  }

  async #run(image: string): Promise<void> {
    await pullImage(await this.#options.setup(), image, { timeoutMs: PULL_MS, env: process.env });
  }
}
