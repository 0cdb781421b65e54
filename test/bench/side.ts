/** One of those that are compared. */
import type { Manifest } from './manifests.ts';

export interface Side {
  readonly name: string;
  /** Each answers in milliseconds. */
  play(manifest: Manifest): Promise<number>;
  down(manifest: Manifest): Promise<number>;
  ps(): Promise<number>;
  exec(): Promise<number>;
  /** Nothing is at work any more: what ends itself when idle has done so. */
  settle(): Promise<void>;
  /** After the last pod: all of it that ends itself has done so. */
  gone(): Promise<void>;
  /** PSS in bytes of everything beside the containers' own programs. */
  memory?(): Promise<number>;
  versions(): Promise<Record<string, string>>;
  close(): Promise<void>;
}
