/** The options that writes take, as the Kubernetes API has them. */
export interface WriteOptions {
  /** Answer as if it were done, and leave everything as it is. */
  dryRun?: boolean;
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions extends WriteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: Propagation;
  preconditions?: { uid?: string; resourceVersion?: string };
}
