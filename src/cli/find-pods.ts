/** The pods that a word of a command line stands for. */
import { PodsteadError } from '../api/errors.ts';
import { kindOf, resourceOfKind } from '../api/kinds.ts';
import type { Deployment, Pod } from '../api/objects.ts';
import { matchesLabelSelector } from '../api/selector.ts';
import { notFound } from '../api/status.ts';
import { type Named, resolveName } from './names.ts';
import { need, type Reader } from './reader.ts';
import { parseSlashed } from './targets.ts';

export const podKind = kindOf('v1', 'Pod') as NonNullable<ReturnType<typeof kindOf>>;

export const listPods = async (reader: Reader, namespace: string | undefined): Promise<Pod[]> =>
  (await reader.list(podKind, namespace)) as unknown as Pod[];

export interface FoundPods {
  /** One, or several of a workload. */
  pods: Pod[];
  container?: string;
}

/** `web`, `web-main`, `pod/web`, `deployment/web`. Throws NOT_FOUND, AMBIGUOUS. */
export async function findPods(reader: Reader, namespace: string, word: string): Promise<FoundPods> {
  const pods = await listPods(reader, namespace);
  if (!word.includes('/')) {
    const { pod, container }: Named = resolveName(word, pods, namespace);
    return { pods: [pod], ...(container === undefined ? {} : { container }) };
  }
  const { kind, name } = parseSlashed(word);
  if (kind.kind === 'Pod') {
    const pod = pods.find((candidate) => candidate.metadata.name === name);
    if (!pod) throw notFound(resourceOfKind(kind), name);
    return { pods: [pod] };
  }
  const owner = (await need(reader, kind, namespace, name)) as unknown as Partial<Deployment>;
  const selector = owner.spec?.selector;
  if (kind.kind !== 'Deployment' && kind.kind !== 'ReplicaSet') throw new PodsteadError('USAGE', `${kind.plural} have no pods`);
  const own = pods.filter((pod) => matchesLabelSelector(selector, pod.metadata.labels));
  if (own.length === 0) throw new PodsteadError('NOT_FOUND', `${word} has no pods now`);
  return { pods: own };
}
