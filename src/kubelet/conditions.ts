/** The conditions of a pod. Pure. */
import type { ContainerStatus, Pod, PodCondition } from '../api/objects.ts';
import type { Phase } from './phase.ts';
import { initContainers, isSidecar } from './pod.ts';

export interface ConditionInput {
  pod: Pod;
  phase: Phase;
  init: readonly ContainerStatus[];
  app: readonly ContainerStatus[];
  /** Sandbox made and its network up. */
  sandboxReady: boolean;
  previous: readonly PodCondition[];
  /** RFC 3339, whole seconds. */
  now: string;
}

type Finding = Pick<PodCondition, 'status' | 'reason' | 'message'>;
const TRUE: Finding = { status: 'True' };
const OURS = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

/** Ours in Kubernetes's order, then whatever others have set, untouched. lastTransitionTime moves only with the status. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const containers = containersReady(input);
  const findings: [string, Finding][] = [
    ['PodReadyToStartContainers', { status: input.sandboxReady ? 'True' : 'False' }],
    ['Initialized', initialized(input)],
    ['Ready', ready(input, containers)],
    ['ContainersReady', containers],
    ['PodScheduled', TRUE],
  ];
  const { generation } = input.pod.metadata;
  const ours = findings.map(([type, finding]): PodCondition => {
    const before = input.previous.find((c) => c.type === type);
    const since = before?.status === finding.status ? before.lastTransitionTime : undefined;
    return {
      type,
      ...finding,
      lastTransitionTime: since ?? input.now,
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
  return [...ours, ...input.previous.filter((c) => !OURS.includes(c.type))];
}

const names = (list: readonly { name: string }[]): string => `[${list.map((c) => c.name).join(' ')}]`;

function incomplete(reason: string, parts: readonly [string, readonly { name: string }[]][]): Finding | undefined {
  const said = parts.filter(([, list]) => list.length > 0).map(([text, list]) => `containers with ${text} status: ${names(list)}`);
  return said.length === 0 ? undefined : { status: 'False', reason, message: said.join(', ') };
}

function containersReady({ pod, phase, init, app }: ConditionInput): Finding {
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const counted = [...initContainers(pod).filter(isSidecar), ...pod.spec.containers];
  const all = [...init, ...app];
  const unknown = counted.filter((c) => !all.some((s) => s.name === c.name));
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'False', reason: 'PodCompleted' };
  const unready = counted.filter((c) => all.some((s) => s.name === c.name && !s.ready));
  return (
    incomplete('ContainersNotReady', [
      ['unknown', unknown],
      ['unready', unready],
    ]) ?? TRUE
  );
}

function ready({ pod, previous }: ConditionInput, containers: Finding): Finding {
  if (containers.status !== 'True') return containers;
  const open = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = previous.find((c) => c.type === conditionType);
    if (condition === undefined) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  return open.length === 0 ? TRUE : { status: 'False', reason: 'ReadinessGatesNotReady', message: open.join(', ') };
}

function initialized({ pod, phase, init, app }: ConditionInput): Finding {
  const inits = initContainers(pod);
  const unknown = inits.filter((c) => !init.some((s) => s.name === c.name));
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'True', reason: 'PodCompleted' };
  if (app.some((s) => s.state?.running || s.state?.terminated || s.lastState?.terminated)) return TRUE;
  const open = inits.filter((c) => init.some((s) => s.name === c.name && !(isSidecar(c) ? s.started : s.ready)));
  return (
    incomplete('ContainersNotInitialized', [
      ['unknown', unknown],
      ['incomplete', open],
    ]) ?? TRUE
  );
}
