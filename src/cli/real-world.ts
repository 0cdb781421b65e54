/** The World of a real machine. */
import { isCode } from '../api/errors.ts';
import type { KindInfo } from '../api/kinds.ts';
import type { Stored } from '../api/objects.ts';
import { bootId, isStopped, loadPaths } from '../host/boot.ts';
import type { Paths } from '../host/paths.ts';
import { alive } from '../host/process.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { ContainerRecord, SandboxRecord } from '../kubelet/record.ts';
import { ACTIVE_BOOT } from '../store/active-boot.ts';
import { Store } from '../store/store.ts';
import type { Api } from './api.ts';
import type { Reader } from './reader.ts';
import { asStopped, STOPPED_NOTICE } from './stopped.ts';
import { emptyReader, StoreReader } from './store-reader.ts';
import { somethingDied, TELLS_OF_CONTAINERS } from './truth.ts';
import type { World } from './world.ts';

class RealWorld implements World {
  readonly #env: NodeJS.ProcessEnv;
  readonly #notify: (text: string) => void;
  #paths: Paths | undefined;
  #store: Store | undefined;
  #api: Promise<Api> | undefined;

  constructor(env: NodeJS.ProcessEnv, notify: (text: string) => void) {
    this.#env = env;
    this.#notify = notify;
  }

  async paths(): Promise<Paths> {
    this.#paths ??= loadPaths(this.#env, process.getuid?.() ?? 0);
    return this.#paths;
  }

  async reader(kinds: readonly KindInfo[]): Promise<Reader> {
    const store = await this.#openStore();
    if (store === 'none') return emptyReader;
    if (store === 'other version') return this.api();
    if (!kinds.some(({ kind }) => TELLS_OF_CONTAINERS.has(kind))) return new StoreReader(store);
    if (isStopped(await this.paths()) || store.meta.get(ACTIVE_BOOT) !== bootId()) return new StoreReader(store, this.#seeStopped());
    const containers = store.records<ContainerRecord>('container').all();
    const sandboxes = store.records<SandboxRecord>('sandbox').all();
    const died = somethingDied(
      containers.map(([, record]) => record),
      sandboxes.map(([, record]) => record),
      alive,
    );
    return died ? this.api() : new StoreReader(store);
  }

  async containers(): Promise<ContainerRecord[]> {
    const store = await this.#openStore();
    if (typeof store === 'string') return [];
    return store
      .records<ContainerRecord>('container')
      .all()
      .map(([, record]) => record);
  }

  async images(): Promise<ImageStore> {
    const module = await import('../images/image-store.ts');
    return new module.ImageStore((await this.paths()).images);
  }

  async api(): Promise<Api> {
    this.#api ??= (async () => (await import('./engine-api.ts')).connectEngine(await this.paths(), this.#env))();
    return this.#api;
  }

  async close(): Promise<void> {
    this.#store?.close();
  }

  async #openStore(): Promise<Store | 'none' | 'other version'> {
    try {
      this.#store ??= Store.open((await this.paths()).store, { readOnly: true });
      return this.#store;
    } catch (error) {
      if (isCode(error, 'NOT_FOUND')) return 'none';
      if (isCode(error, 'STORE_VERSION')) return 'other version';
      throw error;
    }
  }

  /** Says once that nothing runs, when something that is shown should. */
  #seeStopped(): (object: Stored) => Stored {
    let said = false;
    return (object) => {
      const stopped = asStopped(object);
      if (!said && stopped !== object && object.kind === 'Pod') {
        said = true;
        this.#notify(STOPPED_NOTICE);
      }
      return stopped;
    };
  }
}

export const openWorld = async (env: NodeJS.ProcessEnv, notify: (text: string) => void): Promise<World> => new RealWorld(env, notify);
