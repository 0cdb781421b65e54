/** Where objects are read from: the store's file, or the engine. */
import type { KindInfo } from '../api/kinds.ts';
import { resourceOfKind } from '../api/kinds.ts';
import type { Stored } from '../api/objects.ts';
import { notFound } from '../api/status.ts';

export interface Reader {
  get(kind: KindInfo, namespace: string, name: string): Promise<Stored | undefined>;
  /** By namespace and name; all namespaces without one. */
  list(kind: KindInfo, namespace: string | undefined): Promise<Stored[]>;
}

/** Throws NotFound (404). */
export async function need(reader: Reader, kind: KindInfo, namespace: string, name: string): Promise<Stored> {
  const found = await reader.get(kind, namespace, name);
  if (!found) throw notFound(resourceOfKind(kind), name);
  return found;
}
