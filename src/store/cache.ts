/** Parsed objects by row, so that reading does not parse JSON again. A row of another resourceVersion counts as absent. */
import type { Stored } from '../api/objects.ts';

export class ObjectCache {
  readonly #objects = new Map<number, Stored>();

  get(id: number, rv: number): Stored | undefined {
    const object = this.#objects.get(id);
    return object?.metadata.resourceVersion === String(rv) ? object : undefined;
  }

  set(id: number, object: Stored): void {
    this.#objects.set(id, object);
  }

  delete(id: number): void {
    this.#objects.delete(id);
  }

  /** After a rollback these numbers will be given out again, to something else. */
  dropNewerThan(rv: number): void {
    for (const [id, object] of this.#objects) if (Number(object.metadata.resourceVersion) > rv) this.#objects.delete(id);
  }
}
