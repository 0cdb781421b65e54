/** Dials for probes and hooks: pods from inside their network by the prober process, hostNetwork pods by ourselves. */
import { type Service, startService } from '../host/spawn.ts';
import type { Dialler } from '../kubelet/environment.ts';
import type { DialRequest } from '../kubelet/handler.ts';
import { type DialResult, dial } from '../kubelet/probes/dial.ts';
import type { ProberAnswer } from '../kubelet/probes/prober.ts';

/** Without requests for so long it ends: there are no such probes any more. */
const IDLE_MS = 60_000;

export class ProberDialler implements Dialler {
  readonly #argv: readonly [string, ...string[]];
  #service: Service | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;
  readonly #waiting = new Map<string, { request: DialRequest; resolve: (result: DialResult) => void }>();

  /** `argv`: the prober in the node's network. */
  constructor(argv: readonly [string, ...string[]]) {
    this.#argv = argv;
  }

  dial(request: DialRequest, hostNetwork: boolean): Promise<DialResult> {
    if (hostNetwork) return dial(request);
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS);
    this.#idle.unref();
    return new Promise((resolve) => {
      const id = String(this.#next++);
      this.#waiting.set(id, { request, resolve });
      this.#running().send(JSON.stringify({ id, ...request }));
    });
  }

  close(): void {
    this.#service?.close();
    this.#service = undefined;
  }

  #running(): Service {
    if (this.#service) return this.#service;
    const service = startService(this.#argv, {
      onLine: (line) => this.#answer(line),
      onExit: (reason) => this.#lost(service, reason),
    });
    this.#service = service;
    return service;
  }

  #answer(line: string): void {
    const { id, ok, detail } = JSON.parse(line) as ProberAnswer;
    this.#waiting.get(id)?.resolve({ ok, detail });
    this.#waiting.delete(id);
  }

  /** It was killed: what it was told to dial is dialled again by the next one. */
  #lost(service: Service, reason: string): void {
    if (this.#service !== service) return;
    this.#service = undefined;
    if (this.#waiting.size === 0) return;
    process.stderr.write(`prober: ${reason}, again\n`);
    for (const [id, { request }] of this.#waiting) this.#running().send(JSON.stringify({ id, ...request }));
  }
}
