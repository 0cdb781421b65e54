/** The containers of a pod whose sandbox stands or is about to: init containers in turn, sidecars kept up, app containers. Pure. */
import type { Container } from '../api/objects.ts';
import type { Draft } from './draft.ts';
import { isLive, newest } from './instances.ts';
import { gracePeriod, initContainers, isSidecar, specHash } from './pod.ts';
import type { ContainerRecord } from './record.ts';
import { policyRestarts, shouldRestart } from './restart.ts';

/** `fresh`: the sandbox is made by this very plan, so nothing has run in it. */
const inSandbox = (draft: Draft, name: string, fresh: boolean): ContainerRecord | undefined => {
  const record = newest(draft.input.containers, name);
  return !fresh && record !== undefined && record.sandboxId === draft.input.sandbox?.id ? record : undefined;
};

/** Asks for what the init containers need. `done`: the app containers may run. */
export function planInits(draft: Draft, fresh = false): 'pending' | 'done' | 'failed' {
  const { pod } = draft.input;
  const inits = initContainers(pod);
  const initialized = pod.spec.containers.some((c) => inSandbox(draft, c.name, fresh) !== undefined || draft.isBusy(c.name));
  const frontier = inits.findLastIndex((c) => inSandbox(draft, c.name, fresh) !== undefined || draft.isBusy(c.name));
  if (initialized) {
    for (const container of inits.filter(isSidecar)) keepSidecar(draft, container, fresh);
    return 'done';
  }
  const at = inits[frontier];
  const state = at === undefined ? 'done' : isSidecar(at) ? keepSidecar(draft, at, fresh) : runInit(draft, at, fresh);
  if (state === 'failed') return 'failed';
  for (const container of inits.slice(0, Math.max(0, frontier)).filter(isSidecar)) keepSidecar(draft, container, fresh);
  if (state === 'pending') return 'pending';
  const next = inits[frontier + 1];
  if (next === undefined) return 'done';
  draft.start('init', next, inSandbox(draft, next.name, fresh), at ? `after init container ${at.name}` : 'first init container');
  return 'pending';
}

/** An init container that has begun in this sandbox. */
function runInit(draft: Draft, container: Container, fresh: boolean): 'pending' | 'done' | 'failed' {
  const record = inSandbox(draft, container.name, fresh);
  if (record === undefined || draft.isBusy(container.name)) return 'pending';
  if (isLive(record)) {
    if (record.kill) draft.kill(record, gracePeriod(draft.input.pod), `Stopping container ${container.name}`, record.kill.restart);
    return 'pending';
  }
  if (record.exitCode === 0 && record.reason !== 'ContainerStatusUnknown') return 'done';
  // for an init container "Always" and "OnFailure" mean the same: until it exits with 0
  if (!policyRestarts(draft.input.pod, container, record.exitCode || 137)) return 'failed';
  draft.start('init', container, record, `init container ended with code ${record.exitCode}`);
  return 'pending';
}

/** `done`: it has started, what comes after it may. */
function keepSidecar(draft: Draft, container: Container, fresh: boolean): 'pending' | 'done' {
  const record = inSandbox(draft, container.name, fresh);
  if (draft.isBusy(container.name)) return 'pending';
  if (record === undefined || !isLive(record)) {
    draft.start('init', container, record, record ? `sidecar ended with code ${record.exitCode}` : 'sidecar is missing');
    return 'pending';
  }
  if (keepRunning(draft, container, record) === 'killed') return 'pending';
  if (container.lifecycle?.postStart && !record.postStarted) return 'pending';
  return container.startupProbe === undefined || draft.input.probes.get(record.id)?.startup === 'Success' ? 'done' : 'pending';
}

/** Asks for what the app containers need. */
export function planApps(draft: Draft, fresh = false): void {
  let hookAhead = false;
  for (const container of draft.input.pod.spec.containers) hookAhead = planApp(draft, container, fresh, hookAhead) === 'hook' || hookAhead;
}

/** `hook`: its postStart hook is still to end, so the containers after it are not started yet. */
function planApp(draft: Draft, container: Container, fresh: boolean, hookAhead: boolean): 'hook' | 'go on' {
  const { pod, containers } = draft.input;
  const hasHook = container.lifecycle?.postStart !== undefined;
  if (draft.isBusy(container.name)) return hasHook ? 'hook' : 'go on';
  const record = newest(containers, container.name);
  if (record !== undefined && isLive(record)) {
    if (keepRunning(draft, container, record) === 'killed') return 'go on';
    return hasHook && !record.postStarted ? 'hook' : 'go on';
  }
  const wanted = record === undefined || shouldRestart(pod, container, record);
  if (!wanted || hookAhead) return 'go on';
  const why = record === undefined ? 'it has not run yet' : whyAgain(record, fresh);
  return draft.start('app', container, record, why) === 'started' && hasHook ? 'hook' : 'go on';
}

function whyAgain(record: ContainerRecord, fresh: boolean): string {
  if (fresh) return 'new sandbox';
  return record.kill?.restart ? 'it was ended to be replaced' : `it ended with code ${record.exitCode}`;
}

/** A container whose newest instance lives: is that one still the right one? */
function keepRunning(draft: Draft, container: Container, record: ContainerRecord): 'kept' | 'killed' {
  const { pod, probes } = draft.input;
  const name = container.name;
  const grace = gracePeriod(pod);
  if (record.kill) {
    draft.kill(record, record.kill.gracePeriodSeconds, record.kill.why, record.kill.restart);
    return 'killed';
  }
  if (record.postStartError !== undefined) {
    draft.kill(record, grace, 'FailedPostStartHook', policyRestarts(pod, container, 137));
    return 'killed';
  }
  if (record.specHash !== specHash(container)) {
    draft.kill(record, grace, `Container ${name} definition changed, will be restarted`, true);
    return 'killed';
  }
  const results = probes.get(record.id);
  const failed = results?.startup === 'Failure' ? 'startup' : results?.liveness === 'Failure' ? 'liveness' : undefined;
  if (failed !== undefined) {
    const own = (failed === 'startup' ? container.startupProbe : container.livenessProbe)?.terminationGracePeriodSeconds;
    const restart = policyRestarts(pod, container, 137);
    draft.kill(record, own ?? grace, `Container ${name} failed ${failed} probe${restart ? ', will be restarted' : ''}`, restart);
    return 'killed';
  }
  if (container.lifecycle?.postStart && record.state === 'running' && !record.postStarted)
    draft.add({ do: 'postStart', id: record.id, name, why: 'its hook has not ended yet' });
  return 'kept';
}
