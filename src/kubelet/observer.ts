/** Looks at what there is of a pod's containers and sandbox, and corrects the rows. About 20 µs a process; nothing is spawned. */
import { alive, sendSignal } from '../host/process.ts';
import { readExit } from '../runtime/exits.ts';
import type { Environment } from './environment.ts';
import { lost, observeContainer, sandboxStands } from './observe.ts';
import { bundleOf } from './pod-files.ts';
import type { ContainerRecord, SandboxRecord } from './record.ts';

/** So long conmon may take from the death of its container to the exit file. */
const EXIT_FILE_MS = 5_000;
const SOON_MS = 10;

export interface Observation {
  /** Rows that were corrected to exited. */
  ended: ContainerRecord[];
  /** Registered by an engine that is dead. */
  halfMade: ContainerRecord[];
  /** ms until it should be looked at again though nothing tells. */
  againMs?: number;
}

export class Observer {
  readonly #env: Environment;
  readonly #endingSince = new Map<string, number>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** `mine`: containers that this engine is making right now. */
  look(podUid: string, mine: ReadonlySet<string>): Observation {
    const seen: Observation = { ended: [], halfMade: [] };
    for (const record of this.#env.memory.containers.of(podUid))
      if (!mine.has(record.name) || record.state === 'running') this.#one(record, seen);
    return seen;
  }

  sandbox(podUid: string): (SandboxRecord & { alive: boolean }) | undefined {
    const { memory, bootId } = this.#env;
    const record = memory.sandbox(podUid);
    return record && { ...record, alive: sandboxStands(record, bootId, record.infra !== undefined && alive(record.infra)) };
  }

  #one(record: ContainerRecord, seen: Observation): void {
    const { memory } = this.#env;
    const finding = observeContainer(record, this.#facts(record));
    if (finding.found !== 'ending') this.#endingSince.delete(record.id);
    switch (finding.found) {
      case 'same':
        return;
      case 'changed':
        memory.containers.put(finding.record);
        seen.ended.push(finding.record);
        return;
      case 'half-made':
        seen.halfMade.push(record);
        return;
      case 'unwatched':
        if (record.process) sendSignal(record.process, 'SIGKILL');
        seen.againMs = SOON_MS;
        return;
      case 'ending':
        this.#wait(record, seen);
    }
  }

  #wait(record: ContainerRecord, seen: Observation): void {
    const { memory, now } = this.#env;
    const since = this.#endingSince.get(record.id) ?? now().getTime();
    this.#endingSince.set(record.id, since);
    if (now().getTime() - since < EXIT_FILE_MS) {
      seen.againMs = SOON_MS;
      return;
    }
    // conmon hangs: what it would say will never come
    if (record.conmon) sendSignal(record.conmon, 'SIGKILL');
    const ended = lost(record, now().toISOString());
    memory.containers.put(ended);
    seen.ended.push(ended);
  }

  #facts(record: ContainerRecord) {
    const { paths, bootId, now } = this.#env;
    const read = () => readExit(paths.exits, record.id, bundleOf(paths, record.id));
    const processAlive = record.process !== undefined && alive(record.process);
    const conmonAlive = record.conmon !== undefined && alive(record.conmon);
    // after the looks at the processes: a conmon that ended meanwhile has written it before
    const exit = record.state === 'running' && !processAlive ? read() : undefined;
    return { bootId, processAlive, conmonAlive, ...(exit && { exit }), now: now().toISOString() };
  }
}
