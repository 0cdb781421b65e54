/** What stands in the way of a play, as the engine sees it at the moment at which the play begins. */
import type { KubeObject } from '../api/objects.ts';
import type { Tools } from '../host/tools.ts';
import type { Environment } from '../kubelet/environment.ts';
import { checkObjects, MET_KINDS } from '../preflight/check.ts';
import type { Finding } from '../preflight/finding.ts';

export const playPreflight = (env: Environment, tools: Tools, objects: readonly KubeObject[]): Promise<Finding[]> =>
  checkObjects(objects, {
    stored: MET_KINDS.flatMap(({ apiVersion, kind }) => env.store.list(apiVersion, kind)),
    hasImage: (reference) => env.images.find(reference) !== undefined,
    range: env.range,
    tools,
  });
