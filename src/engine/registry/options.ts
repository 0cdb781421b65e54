/** The options that writes take, as the Kubernetes API has them. */
export interface WriteOptions {
  /** Answer as if it were done, and leave everything as it is. */
  dryRun?: boolean;
  /** The object comes from outside: its fields are looked at before its values; `Warn` drops those that do not exist. */
  fields?: 'Strict' | 'Warn' | 'Ignore';
  /** Called with what was dropped. */
  warn?: (message: string) => void;
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions extends WriteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: Propagation;
  preconditions?: { uid?: string; resourceVersion?: string };
}
