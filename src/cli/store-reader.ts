/** Reads the store's file without the engine. */
import type { KindInfo } from '../api/kinds.ts';
import type { Stored } from '../api/objects.ts';
import type { Store } from '../store/store.ts';
import type { Reader } from './reader.ts';

export class StoreReader implements Reader {
  readonly #store: Store;
  readonly #see: (object: Stored) => Stored;

  /** `see` changes what is shown of each object. */
  constructor(store: Store, see: (object: Stored) => Stored = (object) => object) {
    this.#store = store;
    this.#see = see;
  }

  async get({ apiVersion, kind, namespaced }: KindInfo, namespace: string, name: string): Promise<Stored | undefined> {
    const found = this.#store.get({ apiVersion, kind, name, ...(namespaced ? { namespace } : {}) });
    return found && this.#see(found);
  }

  async list({ apiVersion, kind, namespaced }: KindInfo, namespace: string | undefined): Promise<Stored[]> {
    return this.#store.list(apiVersion, kind, namespaced ? namespace : undefined).map((object) => this.#see(object));
  }
}

/** Before anything was ever stored. */
export const emptyReader: Reader = { get: async () => undefined, list: async () => [] };
