/** The ways from a command to the store, the engine and the machine. Each is loaded when it is first used. */
import type { KindInfo } from '../api/kinds.ts';
import type { Paths } from '../host/paths.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { ContainerRecord } from '../kubelet/record.ts';
import type { Api } from './api.ts';
import type { Reader } from './reader.ts';

export interface World {
  /** Reads the store's file; where that is not the truth (something died unseen), the engine. Starts nothing else. */
  reader(kinds: readonly KindInfo[]): Promise<Reader>;
  /** The engine, started if need be. */
  api(): Promise<Api>;
  /** What the engine has noted of containers: ids, processes, log files. */
  containers(): Promise<ContainerRecord[]>;
  images(): Promise<ImageStore>;
  paths(): Promise<Paths>;
  close(): Promise<void>;
}
