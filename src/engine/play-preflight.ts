/** What stands in the way of a play, as the engine sees it at the moment at which the play begins. */
import { supportedKinds } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Tools } from '../host/tools.ts';
import type { Environment } from '../kubelet/environment.ts';
import type { Finding } from '../preflight/finding.ts';
import { imageFacts } from '../preflight/image-facts.ts';
import { lookAround } from '../preflight/look-around.ts';
import { preflight } from '../preflight/preflight.ts';

/** Kinds that a manifest may meet. */
const MET = supportedKinds.filter(({ kind }) => kind !== 'Event' && kind !== 'Play');
/** A bridge takes 1,023 ports. */
const BRIDGE_PORTS = 1023;

export async function playPreflight(env: Environment, tools: Tools, objects: readonly KubeObject[]): Promise<Finding[]> {
  return preflight(objects, {
    ...(await lookAround(objects)),
    stored: MET.flatMap(({ apiVersion, kind }) => env.store.list(apiVersion, kind)),
    image: imageFacts((reference) => env.images.find(reference) !== undefined),
    capacity: Math.min(env.range.capacity, BRIDGE_PORTS),
    range: env.range.cidr,
    canPublish: (tools.socketActivate !== undefined && tools.socketProxyd !== undefined) || tools.socat !== undefined,
  });
}
