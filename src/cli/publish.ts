/** `--publish`: to which pods of a manifest the rules go. Pure. */
import { PodsteadError } from '../api/errors.ts';
import type { KubeObject, ObjectMeta, PodSpec } from '../api/objects.ts';
import { formatHostPort, formatPublish, PUBLISH_ANNOTATION, type PublishRule, parsePublish } from '../network/published.ts';
import { workloadsOf } from '../preflight/workload.ts';

const declares = (spec: PodSpec, rule: PublishRule): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].some((container) =>
    container.ports?.some((port) => port.containerPort === rule.containerPort && (port.protocol ?? 'TCP') === rule.protocol),
  );

/**
 * Objects with the rules as annotation of their pods: those that declare the container port, or the only ones there are.
 * Throws USAGE for a rule that fits no pods, or several, and for what is no rule.
 */
export function withPublished(objects: readonly KubeObject[], texts: readonly string[]): KubeObject[] {
  const rules = texts.flatMap(parsePublish);
  const places = workloadsOf(objects).map((workload) => ({ ...workload, rules: [] as PublishRule[] }));
  for (const rule of rules) {
    const declaring = places.filter(({ spec }) => declares(spec, rule));
    const fitting = declaring.length > 0 ? declaring : places;
    const [place] = fitting;
    if (!place || fitting.length > 1) throw unclear(rule, fitting.length);
    place.rules.push(rule);
  }
  const byIndex = new Map(places.filter((place) => place.rules.length > 0).map((place) => [place.index, place]));
  return objects.map((object, index) => {
    const place = byIndex.get(index);
    return place ? annotated(object, place.metadata, formatPublish(place.rules)) : object;
  });
}

const unclear = (rule: PublishRule, count: number): PodsteadError => {
  const text = `${formatHostPort(rule)}:${rule.containerPort}`;
  const why =
    count === 0 ? 'there are no pods in the manifest' : `${count} objects of the manifest have pods, and it is not clear which is meant`;
  return new PodsteadError('USAGE', `--publish ${text}: ${why}`, {
    remedy: `give the container that is meant a containerPort: ${rule.containerPort}`,
  });
};

function annotated(object: KubeObject, metadata: ObjectMeta, text: string): KubeObject {
  const next = { ...metadata, annotations: { ...metadata.annotations, [PUBLISH_ANNOTATION]: text } };
  if (object.kind === 'Pod') return { ...object, metadata: next };
  const spec = object['spec'] as Record<string, unknown>;
  const template = spec['template'] as Record<string, unknown>;
  return { ...object, spec: { ...spec, template: { ...template, metadata: next } } };
}
