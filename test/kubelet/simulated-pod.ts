/** A pod in a simulated machine: plans are performed on rows, and things happen to it. For properties of plan and status together. */
import type { PodStatus } from '../../src/api/objects.ts';
import type { Action, ProbeResults } from '../../src/kubelet/action.ts';
import { armBackoff, type BackoffState } from '../../src/kubelet/backoff.ts';
import { instancesOf, isLive } from '../../src/kubelet/instances.ts';
import { type Plan, type PlanInput, planPod } from '../../src/kubelet/plan.ts';
import { findContainer, type StoredPod, specHash } from '../../src/kubelet/pod.ts';
import type { ContainerRecord, SandboxRecord } from '../../src/kubelet/record.ts';
import { podStatus } from '../../src/kubelet/status.ts';
import { beginKill, killStep } from '../../src/kubelet/termination.ts';

export class SimulatedPod {
  pod: StoredPod;
  sandbox: (SandboxRecord & { alive: boolean }) | undefined;
  containers: ContainerRecord[] = [];
  backoff: BackoffState = {};
  probes = new Map<string, ProbeResults>();
  now = new Date('2026-01-01T00:00:00.000Z');
  finalized = false;
  /** Every start that was performed. */
  starts: { name: string; attempt: number; at: number }[] = [];

  constructor(pod: StoredPod) {
    this.pod = pod;
  }

  get input(): PlanInput {
    const { pod, sandbox, containers, backoff, probes, now } = this;
    return { pod, containers, backoff, startErrors: new Map(), probes, now, ...(sandbox && { sandbox }) };
  }

  plan(): Plan {
    return planPod(this.input);
  }

  get status(): PodStatus | undefined {
    return this.pod.status;
  }

  /** One round: everything the plan asks for, then the status. */
  round(): Plan {
    const plan = this.plan();
    for (const action of plan.actions) this.perform(action);
    this.writeStatus();
    return plan;
  }

  writeStatus(verdict?: { reason: string; message: string }): void {
    const { pod, sandbox, containers, backoff, probes, now } = this;
    const status = podStatus({
      pod,
      containers,
      backoff,
      startErrors: new Map(),
      probes,
      now,
      hostIP: '192.0.2.1',
      ...(sandbox && { sandbox }),
      ...(pod.status && { previous: pod.status }),
      ...(verdict && { verdict }),
    });
    this.pod = { ...pod, status };
  }

  perform(action: Action): void {
    switch (action.do) {
      case 'createSandbox':
        this.sandbox = this.#newSandbox(action.attempt);
        return;
      case 'stopSandbox':
        this.sandbox = this.sandbox && { ...this.sandbox, state: 'stopped', alive: false };
        return;
      case 'startContainer':
        if (action.backoff) this.backoff = armBackoff(this.backoff, action.backoff.key, action.backoff.finishedAt, this.now);
        this.starts.push({ name: action.name, attempt: action.attempt, at: this.now.getTime() });
        this.containers = [...this.containers, this.#newContainer(action.kind, action.name, action.attempt)];
        return;
      case 'postStart':
        this.change(action.id, { postStarted: true });
        return;
      case 'killContainer': {
        const record = this.containers.find((c) => c.id === action.id);
        if (record) this.change(action.id, { kill: beginKill(record.kill, action, this.now) });
        return;
      }
      case 'removeContainer':
        this.containers = this.containers.filter((c) => c.id !== action.id);
        return;
      case 'failPod':
        this.writeStatus(action);
        return;
      case 'finalize':
        this.finalized = true;
    }
  }

  change(id: string, change: Partial<ContainerRecord>): void {
    this.containers = this.containers.map((c) => (c.id === id ? { ...c, ...change } : c));
  }

  exit(name: string, exitCode: number): void {
    const record = instancesOf(this.containers, name).at(-1);
    if (record && isLive(record))
      this.change(record.id, {
        state: 'exited',
        exitCode,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        finishedAt: this.now.toISOString(),
      });
  }

  /** Time passes; what is being ended meets its SIGTERM (which it ignores) and SIGKILL. */
  pass(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
    for (const { id, name, kill } of this.containers.filter((c) => isLive(c) && c.kill)) {
      if (kill === undefined) continue;
      const step = killStep(kill, { preStop: false, hookRunning: false, now: this.now });
      if (step.step === 'stop') this.change(id, { kill: { ...kill, stoppedAt: this.now.toISOString() } });
      if (step.step === 'kill') {
        this.change(id, { kill: { ...kill, killedAt: this.now.toISOString() } });
        this.exit(name, 137);
      }
    }
  }

  #newSandbox(attempt: number): SandboxRecord & { alive: boolean } {
    const { name, uid } = this.pod.metadata;
    return {
      id: `sandbox-${attempt}`,
      podUid: uid,
      namespace: 'ns',
      pod: name,
      attempt,
      hostNetwork: false,
      sharedPid: false,
      address: `10.88.0.${2 + (attempt % 200)}`,
      state: 'ready',
      bootId: 'b',
      createdAt: this.now.toISOString(),
      alive: true,
    };
  }

  #newContainer(kind: 'init' | 'app', name: string, attempt: number): ContainerRecord {
    const spec = findContainer(this.pod, name);
    if (spec === undefined || this.sandbox === undefined) throw new Error(`start of ${name} without spec or sandbox`);
    return {
      id: `${name}-${attempt}`,
      podUid: this.pod.metadata.uid,
      sandboxId: this.sandbox.id,
      namespace: 'ns',
      pod: this.pod.metadata.name,
      name,
      kind,
      attempt,
      specHash: specHash(spec),
      image: spec.image ?? '',
      imageId: 'sha256:1',
      state: 'running',
      bootId: 'b',
      createdAt: this.now.toISOString(),
      startedAt: this.now.toISOString(),
      logPath: '/l',
    };
  }
}
