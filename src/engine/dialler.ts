/** Dials for probes and hooks: pods from inside their network by the prober process, hostNetwork pods by ourselves. */
import { startService } from '../host/spawn.ts';
import type { Dialler } from '../kubelet/environment.ts';
import { dial } from '../kubelet/probes/dial.ts';
import { Prober } from '../kubelet/probes/prober-client.ts';

/** `argv`: the prober in the node's network. */
export function makeDialler(argv: readonly [string, ...string[]]): Dialler & { close(): void } {
  const prober = new Prober((handlers) => startService(argv, handlers));
  return {
    dial: (request, hostNetwork) => (hostNetwork ? dial(request) : prober.ask(request)),
    close: () => prober.close(),
  };
}
