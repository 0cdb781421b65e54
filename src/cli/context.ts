/** What a command has at hand: its surroundings and the ways to the world. */
import type { Terminal } from './terminal.ts';
import type { World } from './world.ts';

export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly out: Terminal;
  readonly err: Terminal;
  readonly debug: boolean;
  /** `-n`, PODSTEAD_NAMESPACE or "default". */
  readonly namespace: string;
  /** Was it chosen by -n or PODSTEAD_NAMESPACE? Then manifests must agree with it. */
  readonly namespaceGiven: boolean;
  readonly world: World;
  /** All of standard input. */
  readonly input: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Calls `act` on SIGINT or SIGTERM instead of ending; a second one ends the process. The answer takes that back. */
  onInterrupt(act: () => void): () => void;
  now(): Date;
}
