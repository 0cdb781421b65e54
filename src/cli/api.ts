/** What commands ask of the engine. */
import type { KindInfo } from '../api/kinds.ts';
import type { KubeObject, Stored } from '../api/objects.ts';
import type { Reader } from './reader.ts';

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  dryRun?: boolean;
  uid?: string;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: Stored;
}

export interface Applied {
  object: Stored;
  action: 'created' | 'configured' | 'unchanged';
}

export interface Api extends Reader {
  /** kubectl apply of all of them in one transaction. Throws with every failure, and then nothing is stored. */
  apply(objects: readonly KubeObject[], options?: { dryRun?: boolean }): Promise<Applied[]>;
  create(kind: KindInfo, object: KubeObject, options?: { dryRun?: boolean }): Promise<Stored>;
  /** JSON merge patch. */
  patch(kind: KindInfo, namespace: string, name: string, patch: unknown, options?: { dryRun?: boolean }): Promise<Stored>;
  /** Returns before the object is gone. Throws NotFound (404). */
  remove(kind: KindInfo, namespace: string, name: string, options?: DeleteOptions): Promise<void>;
  /**
   * Everything there is as ADDED, then every change, until `signal` says stop. Survives an engine that restarts; then objects may
   * come again, and those that went meanwhile come as DELETED. `only`: of one object, of which this is known already.
   */
  watch(kind: KindInfo, namespace: string | undefined, signal: AbortSignal, only?: Stored): AsyncIterable<WatchEvent | 'listed'>;
  /** Starts again what should run. */
  resume(): Promise<void>;
  /** Ends all pods and keeps their objects; returns before they have ended. */
  stop(): Promise<void>;
  /** `holding`: something of a pod is left on this machine. */
  state(): Promise<{ active: boolean; holding: boolean; busy: number }>;
}
