/** Ties store, registry, controllers, kubelet, plays and socket together; sleeps when nothing is due. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PersistentVolumeClaim, ReplicaSet } from '../api/objects.ts';
import { reclaimPolicy } from '../controllers/claim.ts';
import { bootId } from '../host/boot.ts';
import { removeTree } from '../host/files.ts';
import type { Paths } from '../host/paths.ts';
import { reviveHolder } from '../host/revive.ts';
import { takeStopMark } from '../host/stop.ts';
import { requireTool, type Tools } from '../host/tools.ts';
import { readWakes, type WakeReader } from '../host/wake.ts';
import type { Environment } from '../kubelet/environment.ts';
import { Kubelet } from '../kubelet/kubelet.ts';
import { KubeletMemory } from '../kubelet/memory.ts';
import type { StoredPod } from '../kubelet/pod.ts';
import { stopStrayListeners } from '../network/listeners.ts';
import { ACTIVE_BOOT } from '../store/active-boot.ts';
import { type Change, Store } from '../store/store.ts';
import { assemble, nodeFacts } from './assemble.ts';
import { decideRest } from './idle.ts';
import { KubeletVoice } from './kubelet-voice.ts';
import { NetworkCare } from './network-care.ts';
import { PlayRunner } from './play.ts';
import { playPreflight } from './play-preflight.ts';
import { awaitPredecessor, workersRecorder } from './predecessor.ts';
import { Reconciler } from './reconcile.ts';
import { Registry } from './registry.ts';
import { RestServer, type Routes } from './rest/server.ts';
import { sweep } from './sweep.ts';
import { sweepEnvironment, sweepHost } from './sweep-host.ts';

export interface EngineOptions {
  paths: Paths;
  tools: Tools;
  /** The pods' network, as the holder made it. */
  podCidr: string;
  scripts: string;
  proberArgv: readonly [string, ...string[]];
  /** Tells the holder when to wake us: seconds, `exit`, or nothing. */
  rest(due: string): void;
}

/** Nothing tells that the holder died: it is looked for, 20 µs each. */
const HOLDER_LOOK_MS = 500;
/** So long after something has happened it is looked whether the engine may rest: much happens at once. */
const LOOK_MS = 50;
const isContainerId = (line: string): boolean => /^[0-9a-f]{32}$/.test(line);
/** What somebody creates is to run; what controllers make has an owner. */
const WORKLOADS = new Set(['Pod', 'Deployment', 'ReplicaSet']);

export class Engine {
  readonly #options: EngineOptions;
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #memory: KubeletMemory;
  readonly #reconciler: Reconciler;
  readonly #server: RestServer;
  readonly #bootId = bootId();
  #env: Environment | undefined;
  #kubelet: Kubelet | undefined;
  #care: NetworkCare | undefined;
  #plays: PlayRunner | undefined;
  #wakes: WakeReader | undefined;
  #lastActivity = Date.now();
  #restTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #holderTimer: NodeJS.Timeout | undefined;
  #resting = false;
  #ended: () => void = () => {};

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#store = Store.open(options.paths.store);
    this.#memory = new KubeletMemory(this.#store);
    this.#registry = new Registry(this.#store, {
      nodeName: nodeFacts().name,
      podHasResources: (uid) => this.#memory.holds(uid) || this.#kubelet?.works(uid) === true,
    });
    this.#reconciler = new Reconciler(this.#registry, Date.now, () => this.#look());
    this.#server = new RestServer({
      registry: this.#registry,
      routes: this.#routes(),
      onActivity: () => this.#active(),
      onApplied: () => this.#activate(),
    });
  }

  /** Until nothing is due any more. */
  async run(): Promise<void> {
    const { paths, tools } = this.#options;
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    takeStopMark(paths, () => this.#store.meta.set(ACTIVE_BOOT, ''));
    // before the first request is answered, or what it changes would go unheard
    this.#store.onChange((change) => this.#onChange(change));
    const listening = this.#server.listen(paths.socket);
    await awaitPredecessor(this.#workersFile);
    await this.#assemble();
    await listening;
    await this.#sweep();
    this.#kubelet?.start();
    this.#care?.start();
    this.#reconciler.schedule();
    this.#plays?.touch();
    this.#wakes = readWakes(paths, (line) => this.#onWake(line));
    this.#holderTimer = setInterval(() => reviveHolder(paths, requireTool(tools, 'sh')), HOLDER_LOOK_MS).unref();
    this.#look();
    await ended;
  }

  get #workersFile(): string {
    return join(this.#options.paths.tmp, 'workers');
  }

  async #assemble(): Promise<void> {
    const { paths, tools, podCidr, scripts, proberArgv } = this.#options;
    const built = this.#store.records<string>('built');
    const recordShells = workersRecorder(this.#workersFile);
    const env = await assemble({
      paths,
      tools,
      store: this.#store,
      memory: this.#memory,
      api: new KubeletVoice(this.#registry),
      podCidr,
      scripts,
      proberArgv,
      isFresh: (id) => built.get(id) !== undefined,
      onWorkers: (pids) => {
        recordShells(pids).catch((error: unknown) => process.stderr.write(`workers: ${String(error)}\n`));
      },
    });
    this.#env = env;
    this.#kubelet = new Kubelet(env, { active: () => this.#isActive(), held: (pod) => this.#isHeld(pod), changed: () => this.#look() });
    const holds = this.#store.records<boolean>('hold');
    this.#plays = new PlayRunner({
      store: this.#store,
      registry: this.#registry,
      // here and not when it is created: an engine that dies in between would leave a play that waits for pods that may not run
      preflight: (objects, play) => {
        this.#activate();
        for (const id of play.spec.built ?? []) built.put(id, new Date().toISOString());
        return playPreflight(env, tools, objects);
      },
      hold: {
        has: (uid) => holds.get(uid) === true,
        set: (uid) => holds.put(uid, true),
        clear: (uid) => {
          holds.delete(uid);
          this.#kubelet?.touchAll();
        },
      },
      removeClaim: (uid) => removeTree(join(paths.volumes, uid)),
      onBusy: () => this.#look(),
      onError: (error) => process.stderr.write(`play: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
    });
    this.#care = new NetworkCare({ directory: paths.net, pool: env.pool, needed: () => this.#kubelet?.holding === true, now: Date.now });
  }

  /** What an engine left behind that did not live to clean up. Only the listeners have to be gone before anything is started. */
  async #sweep(): Promise<void> {
    const env = this.#env;
    if (!env) return;
    const log = (error: unknown) => void process.stderr.write(`sweep: ${error instanceof Error ? error.message : String(error)}\n`);
    const standing = this.#memory.sandboxes.all().filter((s) => s.state !== 'stopped' && s.bootId === env.bootId);
    await stopStrayListeners(env.listeners, new Set(standing.flatMap((s) => s.address ?? []))).catch(log);
    sweep(this.#store, env.paths.volumes).catch(log);
    sweepHost(sweepEnvironment(env)).catch(log);
  }

  #isActive(): boolean {
    return this.#store.meta.get(ACTIVE_BOOT) === this.#bootId;
  }

  #activate(): void {
    if (this.#isActive()) return;
    this.#store.meta.set(ACTIVE_BOOT, this.#bootId);
    this.#memory.forgetBackoffs();
    this.#kubelet?.touchAll();
  }

  /** `play kube --start=false` holds the pod itself, or what made it. */
  #isHeld(pod: StoredPod): boolean {
    const held = this.#store.records<boolean>('hold');
    if (held.get(pod.metadata.uid)) return true;
    const owner = pod.metadata.ownerReferences?.find((o) => o.controller);
    if (!owner) return false;
    const above = this.#store.byUid<ReplicaSet>(owner.uid)?.metadata.ownerReferences?.find((o) => o.controller);
    return held.get(owner.uid) === true || (above !== undefined && held.get(above.uid) === true);
  }

  #onChange(change: Change): void {
    const { object, type } = change;
    this.#lastActivity = Date.now();
    if (type === 'ADDED' && WORKLOADS.has(object.kind) && !object.metadata.ownerReferences?.some((o) => o.controller)) this.#activate();
    this.#kubelet?.onChange(change);
    if (type === 'DELETED') this.#forget(change);
    if (object.kind === 'Event') return;
    this.#reconciler.note(change);
    this.#plays?.touch();
  }

  #forget({ object }: Change): void {
    this.#store.records<boolean>('hold').delete(object.metadata.uid);
    if (object.kind !== 'PersistentVolumeClaim' || reclaimPolicy(object as unknown as PersistentVolumeClaim) === 'Retain') return;
    removeTree(join(this.#options.paths.volumes, object.metadata.uid)).catch((error: unknown) =>
      process.stderr.write(`claim: ${String(error)}\n`),
    );
  }

  #onWake(line: string): void {
    this.#lastActivity = Date.now();
    if (line === 'port') this.#kubelet?.portsLost();
    if (line === 'egress' || line === 'dns') this.#care?.look();
    // conmon tells whose end it was; whatever else woke us may mean anything
    if (isContainerId(line)) this.#kubelet?.exited(line);
    else this.#kubelet?.lookAround();
    this.#look();
  }

  #active(): void {
    this.#lastActivity = Date.now();
    this.#look();
  }

  #routes(): Routes {
    return {
      'POST /podstead/v1/resume': () => {
        this.#activate();
        return { resumed: true };
      },
      'POST /podstead/v1/stop': () => {
        this.#store.meta.set(ACTIVE_BOOT, '');
        this.#kubelet?.touchAll();
        return { stopping: true };
      },
      'GET /podstead/v1/state': () => ({
        active: this.#isActive(),
        holding: this.#kubelet?.holding === true,
        busy: this.#kubelet?.busy ?? 0,
      }),
    };
  }

  /** May we rest? To be called after everything that happens; looked at soon, and once. */
  #look(): void {
    this.#lookTimer ??= setTimeout(() => this.#lookNow(), LOOK_MS);
  }

  #lookNow(): void {
    this.#lookTimer = undefined;
    const kubelet = this.#kubelet;
    if (this.#resting || !kubelet) return;
    clearTimeout(this.#restTimer);
    const due = [kubelet.due, this.#reconciler.due, this.#care?.due].filter((at) => at !== undefined);
    const rest = decideRest({
      now: Date.now(),
      lastActivity: this.#lastActivity,
      openRequests: this.#server.active(),
      inFlight: kubelet.busy + (this.#reconciler.busy ? 1 : 0) + (this.#plays?.inFlight ? 1 : 0),
      nextDue: due.length === 0 ? undefined : Math.min(...due),
      holding: kubelet.holding,
    });
    if (rest.rest === 'awake') {
      this.#restTimer = setTimeout(() => this.#lookNow(), rest.lookAgainMs);
      return;
    }
    const text = rest.rest === 'exit' ? 'exit' : rest.wakeInSeconds === undefined ? '' : String(rest.wakeInSeconds);
    this.#rest(text).catch((error: unknown) => {
      process.stderr.write(`engine: cannot rest: ${String(error)}\n`);
      process.exitCode = 1;
      this.#ended();
    });
  }

  /** The socket goes first; whoever came meanwhile is answered, and then it is looked once more. */
  async #rest(due: string): Promise<void> {
    this.#resting = true;
    const before = this.#lastActivity;
    await this.#server.close();
    const lines = this.#wakes?.drain() ?? [];
    if (lines.length > 0 || this.#lastActivity !== before || (this.#kubelet?.busy ?? 0) > 0) {
      await this.#server.listen(this.#options.paths.socket);
      this.#resting = false;
      for (const line of lines) this.#onWake(line);
      this.#look();
      return;
    }
    // what comes from now on stays in the FIFO, and the holder starts the next engine for it
    this.#wakes?.close();
    clearInterval(this.#holderTimer);
    this.#options.rest(due);
    this.#care?.stop();
    await this.#plays?.close();
    this.#kubelet?.stop();
    this.#env?.dialler.close();
    this.#env?.bridge.close();
    this.#env?.pool.close();
    rmSync(this.#workersFile, { force: true });
    this.#store.close();
    this.#ended();
  }
}
