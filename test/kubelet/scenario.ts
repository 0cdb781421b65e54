/** A healthy pod to start tests from: two app containers that run in a ready sandbox. */
import type { Container } from '../../src/api/objects.ts';
import type { ProbeResults, StartError } from '../../src/kubelet/action.ts';
import { type BackoffState, containerBackoffKey } from '../../src/kubelet/backoff.ts';
import type { PlanInput } from '../../src/kubelet/draft.ts';
import { type StoredPod, specHash } from '../../src/kubelet/pod.ts';
import type { ContainerRecord, SandboxRecord } from '../../src/kubelet/record.ts';

export const NOW = new Date('2026-01-01T01:00:00.000Z');
export const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
export const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

export class Scenario {
  pod: StoredPod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns', uid: 'u1', resourceVersion: '1', creationTimestamp: ago(100), generation: 1 },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      containers: [
        { name: 'web', image: 'localhost/x:1' },
        { name: 'log', image: 'localhost/x:1' },
      ],
    },
    status: { phase: 'Running', startTime: '2026-01-01T00:58:20Z' },
  };
  sandbox: (SandboxRecord & { alive: boolean }) | undefined = {
    id: 's0',
    podUid: 'u1',
    namespace: 'ns',
    pod: 'p',
    attempt: 0,
    hostNetwork: false,
    sharedPid: false,
    address: '10.88.0.2',
    state: 'ready',
    bootId: 'b',
    createdAt: ago(99),
    alive: true,
  };
  containers: ContainerRecord[] = [];
  backoff: BackoffState = {};
  startErrors = new Map<string, StartError>();
  probes = new Map<string, ProbeResults>();
  busy: PlanInput['busy'];
  hold: PlanInput['hold'];
  now = NOW;

  constructor() {
    this.running('web');
    this.running('log');
  }

  spec(name: string): Container {
    const found = [...(this.pod.spec.initContainers ?? []), ...this.pod.spec.containers].find((c) => c.name === name);
    if (!found) throw new Error(`no container ${name}`);
    return found;
  }

  /** The newest instance of a container. */
  record(name: string): ContainerRecord {
    const found = this.containers.filter((c) => c.name === name).at(-1);
    if (!found) throw new Error(`no instance of ${name}`);
    return found;
  }

  /** One more instance, running for 90 s. */
  running(name: string, change: Partial<ContainerRecord> = {}): ContainerRecord {
    const attempt = this.containers.filter((c) => c.name === name).length;
    const init = this.pod.spec.initContainers?.some((c) => c.name === name) ?? false;
    const record: ContainerRecord = {
      id: `${name}-${attempt}`,
      podUid: 'u1',
      sandboxId: this.sandbox?.id ?? 's0',
      namespace: 'ns',
      pod: 'p',
      name,
      kind: init ? 'init' : 'app',
      attempt,
      specHash: specHash(this.spec(name)),
      image: 'localhost/x:1',
      imageId: 'sha256:1',
      state: 'running',
      process: { pid: 100 + attempt, start: '1' },
      conmon: { pid: 200 + attempt, start: '1' },
      bootId: 'b',
      createdAt: ago(91),
      startedAt: ago(90),
      logPath: `/l/${name}/${attempt}.log`,
      ...change,
    };
    this.containers.push(record);
    return record;
  }

  /** The newest instance, or a first one, has ended. */
  exited(name: string, exitCode: number, secondsAgo = 1): ContainerRecord {
    const record = this.containers.some((c) => c.name === name) ? this.record(name) : this.running(name);
    return Object.assign(record, {
      state: 'exited',
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: ago(secondsAgo),
    });
  }

  /** Init containers in front of the app containers, none of which has run. */
  withInits(...inits: (Container | string)[]): void {
    this.pod.spec.initContainers = inits.map((c) => (typeof c === 'string' ? { name: c, image: 'localhost/x:1' } : c));
    this.containers = [];
    this.pod.status = { phase: 'Pending', startTime: '2026-01-01T00:58:20Z' };
  }

  backedOff(name: string, seconds: number, updatedSecondsAgo: number): void {
    this.backoff = { ...this.backoff, [containerBackoffKey(this.spec(name))]: { seconds, updatedAt: ago(updatedSecondsAgo) } };
  }

  deleted(grace: number, secondsAgo = 0): void {
    Object.assign(this.pod.metadata, {
      deletionTimestamp: new Date(NOW.getTime() + (grace - secondsAgo) * 1000).toISOString(),
      deletionGracePeriodSeconds: grace,
    });
  }

  get input(): PlanInput {
    const { pod, sandbox, containers, backoff, startErrors, probes, busy, hold, now } = this;
    return {
      pod,
      containers,
      backoff,
      startErrors,
      probes,
      now,
      ...(sandbox && { sandbox }),
      ...(busy && { busy }),
      ...(hold && { hold }),
    };
  }
}
