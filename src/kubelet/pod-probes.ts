/** The probes of one pod: runs what probe-state.ts says is due, keeps the results that count. */
import type { Container, Probe } from '../api/objects.ts';
import type { ProbeResults } from './action.ts';
import type { Environment } from './environment.ts';
import { probeRequest } from './handler.ts';
import { runHandler } from './handler-runner.ts';
import { findContainer, isDeleted, type StoredPod } from './pod.ts';
import { newProbe, type ProbeEvent, type ProbeState, type ProbeType, probeStep } from './probes/probe-state.ts';
import type { ContainerRecord } from './record.ts';

const TYPES = ['startup', 'readiness', 'liveness'] as const;
const specOf = (container: Container, type: ProbeType): Probe | undefined =>
  ({ startup: container.startupProbe, readiness: container.readinessProbe, liveness: container.livenessProbe })[type];

type States = Partial<Record<ProbeType, ProbeState>>;

export class PodProbes {
  readonly #uid: string;
  readonly #env: Environment;
  readonly #touch: () => void;
  readonly #states = new Map<string, States>();

  constructor(uid: string, env: Environment, touch: () => void) {
    this.#uid = uid;
    this.#env = env;
    this.#touch = touch;
    // an engine that ended had runs under way of which nobody will hear
    for (const [id, states] of Object.entries(env.memory.pod(uid).probes)) this.#states.set(id, withoutRuns(states));
  }

  /** By container id. */
  get results(): ReadonlyMap<string, ProbeResults> {
    return new Map(
      [...this.#states].map(([id, states]) => [
        id,
        Object.fromEntries(TYPES.flatMap((type) => (states[type]?.result ? [[type, states[type].result]] : []))) as ProbeResults,
      ]),
    );
  }

  forget(id: string): void {
    if (this.#states.delete(id)) this.#keep();
  }

  /** Starts what is due. Returns when something is due next, ms since the epoch. */
  look(pod: StoredPod, records: readonly ContainerRecord[], podIP: string): number | undefined {
    let next: number | undefined;
    for (const record of records.filter((r) => r.state === 'running')) {
      const container = findContainer(pod, record.name);
      for (const type of TYPES) {
        const probe = container && specOf(container, type);
        if (!container || !probe) continue;
        const due = this.#one({ pod, record, container, type, probe, podIP });
        if (due !== undefined) next = Math.min(next ?? due, due);
      }
    }
    return next;
  }

  #one(at: {
    pod: StoredPod;
    record: ContainerRecord;
    container: Container;
    type: ProbeType;
    probe: Probe;
    podIP: string;
  }): number | undefined {
    const { pod, record, container, type, probe } = at;
    const states = this.#states.get(record.id) ?? {};
    const state = states[type] ?? newProbe(type, probe, Date.parse(record.startedAt ?? record.createdAt));
    const started = container.startupProbe === undefined || states.startup?.result === 'Success';
    const ending = isDeleted(pod) || record.kill !== undefined;
    return this.#apply(at, state, { event: 'look', started, ending });
  }

  #apply(
    at: { pod: StoredPod; record: ContainerRecord; container: Container; type: ProbeType; probe: Probe; podIP: string },
    state: ProbeState,
    event: ProbeEvent,
  ): number | undefined {
    const { pod, record, container, type, probe, podIP } = at;
    const step = probeStep(state, probe, event, this.#env.now().getTime());
    this.#states.set(record.id, { ...this.#states.get(record.id), [type]: step.state });
    if (step.unhealthy !== undefined)
      this.#env.api.event(pod, { type: 'Warning', reason: 'Unhealthy', message: step.unhealthy, container: container.name });
    if (step.changed) this.#keep();
    if (step.run) {
      const request = probeRequest(probe, { container, podIP });
      const target = { containerId: record.id, hostNetwork: pod.spec.hostNetwork === true };
      runHandler(this.#env, target, request)
        .then(({ ok, detail }): ProbeEvent => ({ event: 'result', outcome: ok ? 'success' : 'failure', detail }))
        .catch((error: unknown): ProbeEvent => ({ event: 'result', outcome: 'error', detail: String(error) }))
        .then((result) => {
          const current = this.#states.get(record.id)?.[type];
          if (current) this.#apply(at, current, result);
          this.#touch();
        })
        .catch((error: unknown) => process.stderr.write(`probe of ${container.name}: ${String(error)}\n`));
    }
    return step.nextDue;
  }

  #keep(): void {
    const { memory } = this.#env;
    if (!memory.holds(this.#uid)) return;
    memory.putPod(this.#uid, { ...memory.pod(this.#uid), probes: Object.fromEntries(this.#states) });
  }
}

const withoutRuns = (states: States): States =>
  Object.fromEntries(
    Object.entries(states).map(([type, state]) => {
      const { runningSince: _, ...rest } = state;
      return [type, rest];
    }),
  );
