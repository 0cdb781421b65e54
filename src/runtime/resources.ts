/** Limits of a container as the runtime takes them, from its requests and limits. Pure. */
import { quantityMilli, quantityUnits } from '../api/quantity.ts';
import type { OciResources } from './oci.ts';

export interface ResourceAmounts {
  requests?: Readonly<Record<string, string>>;
  limits?: Readonly<Record<string, string>>;
}

const SHARES_PER_CPU = 1024;
const LEAST_SHARES = 2;
const MOST_SHARES = 262_144;
const PERIOD_US = 100_000;
const LEAST_QUOTA_US = 1_000;

/** `pidsLimit`: of the node's configuration; none by default. */
export function containerResources({ requests = {}, limits = {} }: ResourceAmounts, pidsLimit?: number): OciResources {
  const asked = requests['cpu'] ?? limits['cpu'];
  const shares = asked === undefined ? 0 : Math.trunc((quantityMilli(asked) * SHARES_PER_CPU) / 1000);
  const limit = limits['cpu'] === undefined ? 0 : quantityMilli(limits['cpu']);
  const memory = limits['memory'] === undefined ? 0 : quantityUnits(limits['memory']);
  return {
    // swap is memory + swap together: equal means none
    ...(memory > 0 ? { memory: { limit: memory, swap: memory } } : {}),
    cpu: {
      shares: Math.min(MOST_SHARES, Math.max(LEAST_SHARES, shares)),
      ...(limit > 0 ? { quota: Math.max(LEAST_QUOTA_US, (limit * PERIOD_US) / 1000), period: PERIOD_US } : {}),
    },
    ...(pidsLimit === undefined ? {} : { pids: { limit: pidsLimit } }),
  };
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

export interface OomInput {
  qos: QosClass;
  /** Quantity. */
  memoryRequest?: string;
  /** Bytes of the machine. */
  capacity: number;
  /** Our own oom_score_adj: without privilege nobody gets below it. */
  least: number;
}

/** Who is killed first when the machine's memory is out: −997 to 1000, never below what we may set. */
export function oomScoreAdj({ qos, memoryRequest, capacity, least }: OomInput): number {
  return Math.max(least, wantedScore(qos, memoryRequest === undefined ? 0 : quantityUnits(memoryRequest), capacity));
}

function wantedScore(qos: QosClass, request: number, capacity: number): number {
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort' || capacity <= 0) return 1000;
  return Math.min(999, Math.max(3, 1000 - Math.trunc((1000 * request) / capacity)));
}
