/** What preflight has to know of the world, gathered by the caller (look-around.ts) so that the checks stay pure. */
import type { KubeObject } from '../api/objects.ts';
import type { HostPort } from '../network/published.ts';

export interface ImageFacts {
  /** Why the text is no image name. */
  invalid?: string;
  present: boolean;
  /** `localhost/…`: nothing to pull from. */
  local: boolean;
}

/** A listening socket of this machine with who holds it, in words: `nginx (pid 812)`. */
export interface HeldPort extends HostPort {
  holder: string;
}

export type PathKind = 'directory' | 'file' | 'socket' | 'character device' | 'block device' | 'other' | 'absent' | 'unreadable';

export interface World {
  /** Everything in the store that this manifest could meet. */
  stored: readonly KubeObject[];
  image: (reference: string) => ImageFacts;
  held: readonly HeldPort[];
  /** net.ipv4.ip_unprivileged_port_start */
  unprivilegedPortStart: number;
  /** Every address of this machine. */
  hostAddresses: ReadonlySet<string>;
  /** Of every hostPath in the manifest. */
  paths: ReadonlyMap<string, PathKind>;
  /** How many pods with a network of their own there may be, and the range they are given addresses from. */
  capacity: number;
  range: string;
  /** Is there a tool that publishes ports? */
  canPublish: boolean;
}
