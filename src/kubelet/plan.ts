/**
 * One pod: from what is wanted and what was seen to what has to be done. Pure and level-triggered: the same input gives the same
 * list, and an action that has been performed is not asked for again (a kill is, until the container has ended).
 * What is in one list may be done side by side, but for the starts that need the sandbox made in it.
 */
import type { Action } from './action.ts';
import { Draft, type Plan, type PlanInput } from './draft.ts';
import { expired, isLive, newest } from './instances.ts';
import { planApps, planInits } from './plan-containers.ts';
import { gracePeriod, initContainers, isDeleted, isSidecar, isTerminalPhase, podPolicy } from './pod.ts';
import type { ContainerRecord } from './record.ts';
import { shouldRestart } from './restart.ts';

export type { Plan, PlanInput } from './draft.ts';

const SANDBOX_GONE = 'Pod sandbox changed, it will be killed and re-created.';
const DEADLINE_EXCEEDED: Action = {
  do: 'failPod',
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
  why: 'its active deadline is over',
};

export function planPod(input: PlanInput): Plan {
  const draft = new Draft(input);
  const { pod } = input;
  if (isDeleted(pod)) {
    if (endAll(draft, 'the pod is deleted')) draft.add({ do: 'finalize', why: 'deleted and nothing of it lives' });
    return draft.finish();
  }
  if (isTerminalPhase(pod.status?.phase)) {
    endAll(draft, `the pod is ${pod.status?.phase}`);
    return draft.finish();
  }
  const deadline = activeDeadline(input);
  if (deadline !== undefined && deadline <= input.now) {
    if (endAll(draft, DEADLINE_EXCEEDED.why)) draft.add(DEADLINE_EXCEEDED);
    return draft.finish();
  }
  draft.lookAgain(deadline);
  collect(draft);
  if (input.busy?.sandbox === 'stopping') return draft.finish();
  if (sandboxStands(input)) planInSandbox(draft);
  else planWithoutSandbox(draft);
  return draft.finish();
}

/** A pod whose object is gone while things of it are left: ended at once. */
export function planOrphan({ sandbox, containers }: Pick<PlanInput, 'sandbox' | 'containers'>): Action[] {
  const why = 'its pod is gone';
  const live = containers.filter(isLive);
  if (live.length > 0)
    return live.map(({ id, name }) => {
      return { do: 'killContainer', id, name, gracePeriodSeconds: 0, restart: false, why: `Stopping container ${name}` };
    });
  if (sandbox && sandbox.state !== 'stopped') return [{ do: 'stopSandbox', id: sandbox.id, why }];
  return [{ do: 'finalize', why }];
}

function activeDeadline({ pod }: PlanInput): Date | undefined {
  const seconds = pod.spec.activeDeadlineSeconds;
  const start = pod.status?.startTime;
  return seconds === undefined || start === undefined ? undefined : new Date(Date.parse(start) + seconds * 1000);
}

function collect(draft: Draft): void {
  for (const { id, name } of expired(draft.input.containers))
    draft.add({ do: 'removeContainer', id, name, why: 'two newer instances are known' });
}

/** Ends everything, sidecars last, then the sandbox. True: nothing is left. */
function endAll(draft: Draft, why: string): boolean {
  const { containers, sandbox, busy } = draft.input;
  const live = containers.filter(isLive);
  for (const { container, grace } of inTurn(draft, live)) draft.kill(container, grace, `Stopping container ${container.name}`);
  if (live.length > 0 || (busy?.containers?.size ?? 0) > 0 || busy?.sandbox) return false;
  if (sandbox === undefined || sandbox.state === 'stopped') return true;
  draft.add({ do: 'stopSandbox', id: sandbox.id, why });
  return false;
}

/** All at once; but sidecars after the others, the last of them first, with what is left of a deleted pod's grace. */
function inTurn(draft: Draft, live: readonly ContainerRecord[]): { container: ContainerRecord; grace: number }[] {
  const { pod, now } = draft.input;
  const grace = gracePeriod(pod);
  const sidecars = initContainers(pod).filter(isSidecar);
  const isSide = ({ name }: ContainerRecord) => sidecars.some((s) => s.name === name);
  const others = live.filter((c) => !isSide(c));
  const deletion = pod.metadata.deletionTimestamp;
  const left = deletion === undefined ? grace : Math.ceil((Date.parse(deletion) - now.getTime()) / 1000);
  const hurry = grace === 0;
  const last = sidecars.findLast((s) => live.some((c) => c.name === s.name));
  const sides = live.filter((c) => isSide(c) && (hurry || c.kill !== undefined || (others.length === 0 && c.name === last?.name)));
  return [
    ...others.map((container) => ({ container, grace })),
    // at least a second: with 0 it would get no signal but SIGKILL
    ...sides.map((container) => ({ container, grace: container.kill || hurry ? grace : Math.min(grace, Math.max(1, left)) })),
  ];
}

function sandboxStands({ pod, sandbox, busy }: PlanInput): boolean {
  if (busy?.sandbox === 'making') return true;
  if (sandbox === undefined || !sandbox.alive || sandbox.state !== 'ready') return false;
  const wantsHost = pod.spec.hostNetwork === true;
  return sandbox.hostNetwork === wantsHost && (wantsHost || sandbox.address !== undefined);
}

function planInSandbox(draft: Draft): void {
  if (allEnded(draft.input)) {
    endAll(draft, 'all containers have ended for good');
    return;
  }
  const init = planInits(draft);
  if (init === 'failed') endAll(draft, 'an init container failed');
  else if (init === 'done') planApps(draft);
}

/** No usable sandbox: what still lives is ended, then a new one is made, or the pod stays down. */
function planWithoutSandbox(draft: Draft): void {
  const { input } = draft;
  if (!endAll(draft, SANDBOX_GONE) || staysDown(input)) return;
  if (input.hold) {
    draft.lookAgain(input.hold.retryAt);
    return;
  }
  const attempt = input.sandbox === undefined ? 0 : input.sandbox.attempt + 1;
  draft.add({ do: 'createSandbox', attempt, why: attempt === 0 ? 'the pod is new' : 'the sandbox before is gone' });
  if (planInits(draft, true) === 'done') planApps(draft, true);
}

/** A pod that lost its sandbox after containers had run, and that nothing can be started of. */
function staysDown(input: PlanInput): boolean {
  const { pod, sandbox, containers } = input;
  const apps = pod.spec.containers;
  const ownRules = apps.some((c) => c.restartPolicy !== undefined || (c.restartPolicyRules?.length ?? 0) > 0);
  if (sandbox !== undefined && podPolicy(pod) === 'Never' && !ownRules && containers.length > 0) return true;
  return allEnded(input);
}

/** Every app container has ended and none is to be started again. */
function allEnded({ pod, containers, busy }: PlanInput): boolean {
  return pod.spec.containers.every((spec) => {
    if (busy?.containers?.has(spec.name)) return false;
    const last = newest(containers, spec.name);
    return last !== undefined && !isLive(last) && !shouldRestart(pod, spec, last);
  });
}
