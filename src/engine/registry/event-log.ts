/** Events about objects: equal ones are counted up, old ones dropped. */
import type { CoreEvent, KubeObject, Namespace, Stored } from '../../api/objects.ts';
import { timeOf, timeText } from '../../api/time.ts';
import { keyOf, type Store } from '../../store/store.ts';

export interface EventInput {
  involved: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;
  type: 'Normal' | 'Warning';
  /** One word in CamelCase: `Pulled`. */
  reason: string;
  message: string;
  /** `kubelet`, `deployment-controller` */
  component: string;
  /** `spec.containers{web}` */
  fieldPath?: string;
}

const KEEP_MS = 60 * 60 * 1000;
const KEEP = 1000;

type Involved = CoreEvent['involvedObject'];

const involvedOf = ({ involved, fieldPath }: EventInput): Involved => {
  const { namespace, name, uid, resourceVersion } = involved.metadata;
  const reference = { apiVersion: involved.apiVersion, kind: involved.kind, namespace, name, uid, resourceVersion, fieldPath };
  return Object.fromEntries(Object.entries(reference).filter(([, value]) => value !== undefined && value !== ''));
};

/** Equal in all of this: the same thing again. */
const sameness = (event: Pick<CoreEvent, 'involvedObject' | 'type' | 'reason' | 'message' | 'reportingComponent'>): string => {
  const { kind, namespace, name, uid, fieldPath } = event.involvedObject;
  return JSON.stringify([kind, namespace, name, uid, fieldPath, event.type, event.reason, event.message, event.reportingComponent]);
};

export class EventLog {
  readonly #store: Store;
  readonly #now: () => Date;
  #count = Math.floor(Math.random() * 1e6);
  #known: Map<string, { namespace: string; name: string; last: number }> | undefined;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /** Does nothing when the object's namespace is gone or going: there is no place for it. */
  record(input: EventInput): void {
    const namespace = input.involved.metadata.namespace || 'default';
    const home = this.#store.get<Namespace>({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    if (!home || home.metadata.deletionTimestamp !== undefined) return;
    this.#store.transaction(() => this.#write(input, namespace), { durable: false });
  }

  #write(input: EventInput, namespace: string): void {
    const fresh = this.#fresh(input, namespace);
    const key = sameness(fresh);
    const known = this.#all();
    const before = known.get(key);
    const stored =
      before && this.#store.get<CoreEvent>({ apiVersion: 'v1', kind: 'Event', namespace: before.namespace, name: before.name });
    const now = this.#now();
    if (stored) this.#store.update({ ...stored, count: (stored.count ?? 1) + 1, lastTimestamp: timeText(now) });
    else this.#store.create(fresh);
    known.delete(key);
    const { name } = stored?.metadata ?? fresh.metadata;
    known.set(key, { namespace, name, last: now.getTime() });
    this.prune();
  }

  /** Drops what is older than an hour, and the oldest beyond a thousand. */
  prune(): void {
    const known = this.#all();
    const limit = this.#now().getTime() - KEEP_MS;
    for (const [key, { namespace, name, last }] of known) {
      if (last >= limit && known.size <= KEEP) return;
      known.delete(key);
      const place = { apiVersion: 'v1', kind: 'Event', namespace, name };
      if (this.#store.get(place)) this.#store.remove(place);
    }
  }

  /** Oldest first. */
  #all() {
    if (this.#known) return this.#known;
    const timed = this.#store
      .list<CoreEvent>('v1', 'Event')
      .map((event: CoreEvent & Stored) => ({ event, last: timeOf(event.lastTimestamp ?? event.metadata.creationTimestamp) }))
      .sort((a, b) => a.last - b.last);
    this.#known = new Map(
      timed.map(({ event, last }) => {
        const { namespace = 'default', name = '' } = keyOf(event);
        return [sameness(event), { namespace, name, last }];
      }),
    );
    return this.#known;
  }

  /** Like Kubernetes's: the time in nanoseconds, of which the last digits only have to differ. */
  #suffix(): string {
    this.#count = (this.#count + 1) % 1_000_000;
    return (BigInt(this.#now().getTime()) * 1_000_000n + BigInt(this.#count)).toString(16);
  }

  #fresh(input: EventInput, namespace: string): CoreEvent {
    const at = timeText(this.#now());
    const subject = input.involved.metadata.name ?? input.involved.kind.toLowerCase();
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${subject.slice(0, 230)}.${this.#suffix()}`, namespace },
      involvedObject: involvedOf(input),
      reason: input.reason,
      message: input.message.slice(0, 1024),
      type: input.type,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: input.component },
      reportingComponent: input.component,
      reportingInstance: '',
    };
  }
}
