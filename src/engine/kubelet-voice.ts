/** What the kubelet says to the API: status, events, the end of a pod. */

import { sameJson } from '../api/json.ts';
import type { Pod } from '../api/objects.ts';
import { isApiError } from '../api/status.ts';
import type { KubeletApi, PodEvent } from '../kubelet/environment.ts';
import type { StoredPod } from '../kubelet/pod.ts';
import type { Registry } from './registry.ts';

export class KubeletVoice implements KubeletApi {
  readonly #registry: Registry;
  constructor(registry: Registry) {
    this.#registry = registry;
  }

  setStatus(pod: StoredPod, status: Pod['status']): void {
    if (sameJson(pod.status, status)) return;
    const { namespace, name, uid } = pod.metadata;
    try {
      this.#registry.store.updateStatus({ apiVersion: 'v1', kind: 'Pod', namespace, name }, status, uid);
    } catch (error) {
      // deleted meanwhile: nobody wants to know
      if (!isApiError(error, 'NotFound')) throw error;
    }
  }

  event(pod: StoredPod, event: PodEvent): void {
    try {
      this.#record(pod, event);
    } catch (error) {
      // an event is told when something fails already, a full disk for one: that must not become a second failure
      process.stderr.write(`event ${event.reason} of ${pod.metadata.name}: ${event.message} (${String(error)})\n`);
    }
  }

  #record(pod: StoredPod, event: PodEvent): void {
    const spec = pod.spec.initContainers?.some((c) => c.name === event.container) ? 'initContainers' : 'containers';
    this.#registry.recordEvent({
      involved: pod,
      type: event.type,
      reason: event.reason,
      message: event.message,
      component: 'kubelet',
      ...(event.container !== undefined && { fieldPath: `spec.${spec}{${event.container}}` }),
    });
  }

  finalize(uid: string): void {
    this.#registry.finalizeDelete(uid);
  }
}
