/** The downward API: what a container may learn of its pod, as environment variables and as files. Pure. */
import type { Container, Pod } from '../api/objects.ts';
import { compareQuantity, divideQuantity } from '../api/quantity.ts';
import { findContainer } from './pod.ts';

/** What the machine offers, for containers without limits: quantities. */
export interface Allocatable {
  cpu: string;
  memory: string;
  'ephemeral-storage': string;
}

/** What is known of the pod at run time. */
export interface PodFacts {
  pod: Pod;
  podIPs: readonly string[];
  hostIPs: readonly string[];
  allocatable: Allocatable;
}

/** A value, or why there is none. */
export type FieldValue = { value: string } | { fault: string };

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/s;

/** As Go's %q: for the values of whole maps. */
const quoted = (text: string): string =>
  `"${text.replace(/[\\"\n\r\t]/g, (c) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[c] ?? `\\${c}`)}"`;

const mapText = (map: { [key: string]: string } | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join('\n');

export function fieldValue(path: string, facts: PodFacts): FieldValue {
  const { metadata, spec } = facts.pod;
  const subscript = SUBSCRIPT.exec(path);
  if (subscript) return { value: metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? '' };
  switch (path) {
    case 'metadata.name':
      return { value: metadata.name };
    case 'metadata.namespace':
      return { value: metadata.namespace ?? 'default' };
    case 'metadata.uid':
      return { value: metadata.uid ?? '' };
    case 'metadata.labels':
      return { value: mapText(metadata.labels) };
    case 'metadata.annotations':
      return { value: mapText(metadata.annotations) };
    case 'spec.nodeName':
      return { value: spec.nodeName ?? '' };
    case 'spec.serviceAccountName':
      return { value: spec.serviceAccountName ?? 'default' };
    case 'status.hostIP':
      return { value: facts.hostIPs[0] ?? '' };
    case 'status.hostIPs':
      return { value: facts.hostIPs.join(',') };
    case 'status.podIP':
      return { value: facts.podIPs[0] ?? '' };
    case 'status.podIPs':
      return { value: facts.podIPs.join(',') };
    default:
      return { fault: `unsupported fieldPath: ${path}` };
  }
}

export interface ResourceRef {
  containerName?: string;
  /** `limits.cpu`, `requests.memory` … */
  resource: string;
  divisor?: string;
}

/** ⌈value ÷ divisor⌉; a limit that is not set is what the machine has, a request that is not set is 0. `own`: the container that asks. */
export function resourceValue(ref: ResourceRef, facts: PodFacts, own?: Container): FieldValue {
  const container = ref.containerName ? findContainer(facts.pod, ref.containerName) : own;
  if (container === undefined) return { fault: `container ${ref.containerName ?? ''} not found` };
  const [, list, name = ''] = /^(limits|requests)\.(.+)$/s.exec(ref.resource) ?? [];
  if (list === undefined) return { fault: `unsupported container resource : ${ref.resource}` };
  const limit = container.resources?.limits?.[name];
  const fallback = list === 'limits' ? facts.allocatable[name as keyof Allocatable] : limit;
  const amount = (list === 'limits' ? limit : container.resources?.requests?.[name]) ?? fallback ?? '0';
  const divisor = ref.divisor === undefined || compareQuantity(ref.divisor, '0') === 0 ? '1' : ref.divisor;
  return { value: String(divideQuantity(amount, divisor)) };
}
