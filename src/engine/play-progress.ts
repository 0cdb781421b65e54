/** How far a play has come: from its objects and the pods they made. Pure. */
import type { ContainerStatus, Deployment, KubeObject, PlayStatus, Pod, ReplicaSet } from '../api/objects.ts';
import { sameTemplate } from '../controllers/deployment/revision.ts';

export type PodProgress = PlayStatus['pods'][number];
export interface Progress {
  pods: PodProgress[];
  /** Every pod that is wanted has started. */
  done: boolean;
  /** What cannot heal by itself, for the user. */
  failure?: string;
}

/** What the world holds of a play's objects. */
export interface PlayView {
  pod(namespace: string, name: string): Pod | undefined;
  deployment(namespace: string, name: string): Deployment | undefined;
  replicaSets(namespace: string): ReplicaSet[];
  pods(namespace: string): Pod[];
}

/** Waiting reasons that no amount of waiting mends. */
const HOPELESS = new Set(['CreateContainerConfigError', 'CreateContainerError', 'ErrImageNeverPull', 'InvalidImageName']);
/** Reasons of an end that mean: the program could not be run at all. */
const NOT_RUNNABLE = new Set(['StartError', 'ContainerCannotRun']);

/** `isUnseen`: a pod was changed, and what its status says is about the spec before. */
export function playProgress(objects: readonly KubeObject[], view: PlayView, isUnseen: (pod: Pod) => boolean): Progress {
  const wanted = objects.map((object) => wantedPods(object, view));
  const pods = wanted.flatMap((w) => w.pods.map((pod) => (isUnseen(pod) ? changed(pod) : podProgress(pod))));
  const failed = pods.find((p) => p.state === 'Failed');
  const done = wanted.every((w) => w.complete) && pods.every((p) => p.state === 'Started');
  return failed ? { pods, done: false, failure: `pod/${failed.name}: ${failed.detail ?? 'failed'}` } : { pods, done };
}

/** The pods that an object stands for, and whether they are all there. */
function wantedPods(object: KubeObject, view: PlayView): { pods: Pod[]; complete: boolean } {
  const namespace = object.metadata.namespace ?? 'default';
  const name = object.metadata.name ?? '';
  if (object.kind === 'Pod') {
    const pod = view.pod(namespace, name);
    return { pods: pod ? [pod] : [], complete: pod !== undefined };
  }
  if (object.kind === 'Deployment') return deploymentPods(view.deployment(namespace, name), view);
  if (object.kind === 'ReplicaSet') {
    const set = view.replicaSets(namespace).find((r) => r.metadata.name === name);
    return set ? setPods(set, view) : { pods: [], complete: false };
  }
  return { pods: [], complete: true };
}

function deploymentPods(deployment: Deployment | undefined, view: PlayView): { pods: Pod[]; complete: boolean } {
  if (!deployment) return { pods: [], complete: false };
  const seen = (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 1);
  // Nothing is rolled out until somebody resumes it.
  if (deployment.spec.paused) return { pods: [], complete: seen };
  const uid = deployment.metadata.uid;
  // Not by its revision: a change of size and template is first only a change of size, of the old one.
  const set = view
    .replicaSets(deployment.metadata.namespace ?? 'default')
    .filter((r) => r.metadata.ownerReferences?.some((o) => o.controller && o.uid === uid))
    .find((r) => sameTemplate(r.spec.template, deployment.spec.template));
  if (!seen || !set) return { pods: [], complete: false };
  const { pods, complete } = setPods(set, view);
  return { pods, complete: complete && pods.length >= (deployment.spec.replicas ?? 1) };
}

function setPods(set: ReplicaSet, view: PlayView): { pods: Pod[]; complete: boolean } {
  const pods = view
    .pods(set.metadata.namespace ?? 'default')
    .filter(
      (p) =>
        p.metadata.deletionTimestamp === undefined && p.metadata.ownerReferences?.some((o) => o.controller && o.uid === set.metadata.uid),
    );
  return { pods, complete: pods.length >= (set.spec.replicas ?? 1) };
}

const placeOf = ({ metadata: { namespace = 'default', name } }: Pod) => ({ namespace, name });

const changed = (pod: Pod): PodProgress => ({ ...placeOf(pod), state: 'Pending', detail: 'changed' });

export function podProgress(pod: Pod): PodProgress {
  const at = placeOf(pod);
  const inits = pod.status?.initContainerStatuses ?? [];
  const apps = pod.status?.containerStatuses ?? [];
  const hopeless = [...inits, ...apps].map(whyHopeless).find((why) => why !== undefined);
  if (hopeless !== undefined) return { ...at, state: 'Failed', detail: hopeless };
  const phase = pod.status?.phase;
  if (phase === 'Succeeded') return { ...at, state: 'Started', detail: 'Succeeded' };
  if (phase === 'Failed' && apps.every(hasStarted) && apps.length > 0) return { ...at, state: 'Started', detail: 'Failed' };
  if (phase === 'Failed') return { ...at, state: 'Failed', detail: pod.status?.message ?? pod.status?.reason ?? whyInitFailed(inits) };
  if (!apps.every((status) => runsItsImage(status, pod))) return changed(pod);
  const initialized = inits.length === 0 || pod.status?.conditions?.some((c) => c.type === 'Initialized' && c.status === 'True');
  if (initialized && apps.length === pod.spec.containers.length && apps.every(hasStarted))
    return { ...at, state: 'Started', detail: phase };
  return { ...at, state: 'Pending', detail: whatItWaitsFor([...inits, ...apps]) };
}

const hasStarted = (status: ContainerStatus): boolean =>
  status.state?.running !== undefined || status.state?.terminated !== undefined || status.lastState?.terminated !== undefined;

/** After a change of its image a container is ended before it is what the pod wants. */
const runsItsImage = (status: ContainerStatus, pod: Pod): boolean => {
  const wanted = pod.spec.containers.find(({ name }) => name === status.name)?.image;
  return wanted === undefined || status.image === undefined || status.image === wanted;
};

function whyHopeless(status: ContainerStatus): string | undefined {
  if (status.state?.running) return undefined;
  const waiting = status.state?.waiting;
  if (waiting?.reason && HOPELESS.has(waiting.reason))
    return `container ${status.name}: ${waiting.reason}: ${waiting.message ?? ''}`.trimEnd();
  const ends = [status.state?.terminated, status.lastState?.terminated];
  const end = ends.find((e) => e?.reason !== undefined && NOT_RUNNABLE.has(e.reason));
  return end ? `container ${status.name}: ${end.reason}: ${end.message ?? ''}`.trimEnd() : undefined;
}

function whyInitFailed(inits: readonly ContainerStatus[]): string {
  const bad = inits.find((i) => (i.state?.terminated?.exitCode ?? 0) !== 0);
  return bad ? `init container ${bad.name} exited with code ${bad.state?.terminated?.exitCode}` : 'failed';
}

function whatItWaitsFor(statuses: readonly ContainerStatus[]): string | undefined {
  const waiting = statuses.find((s) => s.state?.waiting);
  if (!waiting) return undefined;
  const { reason, message } = waiting.state?.waiting ?? {};
  return message ? `${waiting.name}: ${reason}: ${message}` : `${waiting.name}: ${reason}`;
}
