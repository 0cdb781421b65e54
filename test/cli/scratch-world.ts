/** The command line over a real registry in memory: no engine, no machine. Pods do not run; tests write their status. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KindInfo } from '../../src/api/kinds.ts';
import type { KubeObject, Stored } from '../../src/api/objects.ts';
import type { Api, Applied, DeleteOptions, WatchEvent } from '../../src/cli/api.ts';
import { run } from '../../src/cli/run.ts';
import { StoreReader } from '../../src/cli/store-reader.ts';
import type { World } from '../../src/cli/world.ts';
import { Registry } from '../../src/engine/registry.ts';
import { pathsOf } from '../../src/host/paths.ts';
import { ImageStore } from '../../src/images/image-store.ts';
import type { ContainerRecord } from '../../src/kubelet/record.ts';
import { Store } from '../../src/store/store.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

const keyOf = ({ apiVersion, kind, namespaced }: KindInfo, namespace: string, name: string) => ({
  apiVersion,
  kind,
  name,
  ...(namespaced ? { namespace } : {}),
});

class RegistryApi extends StoreReader implements Api {
  readonly #registry: Registry;
  constructor(registry: Registry) {
    super(registry.store);
    this.#registry = registry;
  }
  async apply(objects: readonly KubeObject[], options: { dryRun?: boolean } = {}): Promise<Applied[]> {
    return this.#registry.applyAll(objects, options);
  }
  async create(_: KindInfo, object: KubeObject, options: { dryRun?: boolean } = {}): Promise<Stored> {
    return this.#registry.create(object, options);
  }
  async patch(kind: KindInfo, namespace: string, name: string, body: unknown, options: { dryRun?: boolean } = {}): Promise<Stored> {
    return this.#registry.patch(keyOf(kind, namespace, name), { type: 'merge', body }, options);
  }
  async remove(kind: KindInfo, namespace: string, name: string, { uid, ...options }: DeleteOptions = {}): Promise<void> {
    this.#registry.delete(keyOf(kind, namespace, name), { ...options, ...(uid === undefined ? {} : { preconditions: { uid } }) });
    this.#registry.collectGarbage();
  }
  async *watch(kind: KindInfo, namespace: string | undefined, signal: AbortSignal): AsyncGenerator<WatchEvent | 'listed'> {
    const queue: (WatchEvent | 'listed')[] = [];
    let wake = () => {};
    const stop = this.#registry.store.onChange(({ type, object }) => {
      const here = namespace === undefined || !kind.namespaced || object.metadata.namespace === namespace;
      if (object.kind === kind.kind && here) queue.push({ type, object });
      wake();
    });
    signal.addEventListener('abort', () => wake());
    try {
      for (const object of await this.list(kind, namespace)) yield { type: 'ADDED', object };
      yield 'listed';
      while (!signal.aborted) {
        const event = queue.shift();
        if (event) yield event;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      stop();
    }
  }
  async resume(): Promise<void> {}
  async stop(): Promise<void> {}
  async state() {
    return { active: true, holding: false, busy: 0 };
  }
}

export class ScratchWorld implements World, Disposable {
  readonly directory = mkdtempSync('/tmp/pcli-');
  readonly store = Store.open(':memory:', { now: () => NOW });
  readonly registry: Registry;
  readonly records: ContainerRecord[] = [];
  readonly signals = new Map<string, () => void>();
  input = '';

  constructor() {
    let number = 0;
    const random = () => {
      number = (number + 0.37) % 1;
      return number;
    };
    this.registry = new Registry(this.store, { now: () => NOW, random });
  }
  async reader() {
    return new StoreReader(this.store);
  }
  async api(): Promise<Api> {
    return new RegistryApi(this.registry);
  }
  async containers() {
    return this.records;
  }
  async images() {
    return new ImageStore(join(this.directory, 'images'));
  }
  async paths() {
    const at = (name: string) => join(this.directory, name);
    return pathsOf({ uid: 1000, data: at('data'), run: at('run'), state: at('state'), config: at('config') });
  }
  async close() {}

  /** A command line, split at blanks unless it is a list. */
  async podstead(line: string | readonly string[], options: { tty?: boolean; env?: NodeJS.ProcessEnv } = {}): Promise<Outcome> {
    let out = '';
    let err = '';
    const sink = (take: (text: string) => void) => ({
      isTTY: options.tty === true,
      columns: 80,
      write: (data: string | Uint8Array) => take(typeof data === 'string' ? data : Buffer.from(data).toString()),
    });
    const code = await run(typeof line === 'string' ? line.split(' ') : line, {
      env: options.env ?? {},
      cwd: this.directory,
      stdout: sink((text) => {
        out += text;
      }),
      stderr: sink((text) => {
        err += text;
      }),
      signals: {
        on: (signal, listener) => this.signals.set(signal, listener),
        removeListener: (signal) => this.signals.delete(signal),
      },
      input: () => [Buffer.from(this.input)],
      openWorld: async () => this,
      abandon: () => {},
      now: () => NOW,
    });
    return { code, out, err };
  }

  /** `apply -f -` of some YAML. */
  async apply(yaml: string): Promise<Outcome> {
    this.input = yaml;
    return this.podstead('apply -f -');
  }

  setStatus(kind: 'Pod' | 'Deployment', name: string, status: unknown, namespace = 'default'): void {
    this.store.updateStatus({ apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, namespace, name }, status);
  }

  [Symbol.dispose](): void {
    this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export const pod = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\nspec: {containers: [{name: main, image: 'localhost/x:1'}]}\n${more}`;

export const deployment = (name: string, replicas = 2): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  replicas: ${replicas}\n  selector: {matchLabels: {app: ${name}}}\n  template:\n    metadata: {labels: {app: ${name}}}\n    spec: {containers: [{name: main, image: 'localhost/x:1'}]}\n`;

export const configMap = (name: string, value = 'v'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {key: ${value}}\n`;
