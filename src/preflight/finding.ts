/** One thing that stands in the way of a play. */
import type { Fault } from '../api/fault.ts';
import type { Workload } from './workload.ts';

/** A fault with its object: index in the manifest, so that a position can be found, and name for when there is none. */
export interface Finding extends Fault {
  index: number;
  /** `deployment/web` */
  object: string;
}

export const finding = (workload: Pick<Workload, 'index' | 'name'>, field: string, message: string): Finding => ({
  reason: 'Preflight',
  index: workload.index,
  object: workload.name,
  field,
  message,
});
