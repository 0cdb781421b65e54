/** Where pods stand in objects. */
import { recordAt } from './fields.ts';
import type { JsonObject } from './json.ts';
import type { KubeObject } from './objects.ts';

/** The PodSpec in an object that has one, with its path. */
export const podSpecIn = (object: KubeObject): { spec: JsonObject; path: string } | undefined => {
  const spec = recordAt(object, 'spec');
  if (object.kind === 'Pod') return spec && { spec, path: 'spec' };
  const inner = recordAt(recordAt(spec, 'template'), 'spec');
  return inner && { spec: inner, path: 'spec.template.spec' };
};

/** Pattern (field-rule.ts) of every security context. */
export const CONTEXTS = '{securityContext,containers[*].securityContext,initContainers[*].securityContext}';
