/** The checks on this machine, the same for the engine at a play's beginning and for the command line before it. */
import { supportedKinds } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Tools } from '../host/tools.ts';
import type { PodRange } from '../network/address.ts';
import type { Finding } from './finding.ts';
import { imageFacts } from './image-facts.ts';
import { lookAround } from './look-around.ts';
import { preflight } from './preflight.ts';

/** Kinds that a manifest may meet in the store. */
export const MET_KINDS = supportedKinds.filter(({ kind }) => kind !== 'Event' && kind !== 'Play');

/** A bridge takes 1,023 ports. */
const BRIDGE_PORTS = 1023;

export interface CheckInput {
  /** All objects of MET_KINDS. */
  stored: readonly KubeObject[];
  /** Is an image of that name in the store? */
  hasImage(reference: string): boolean;
  range: Pick<PodRange, 'cidr' | 'capacity'>;
  tools: Pick<Tools, 'socketActivate' | 'socketProxyd' | 'socat'>;
}

/** `objects` as in preflight(). */
export async function checkObjects(objects: readonly KubeObject[], { stored, hasImage, range, tools }: CheckInput): Promise<Finding[]> {
  return preflight(objects, {
    ...(await lookAround(objects)),
    stored,
    image: imageFacts(hasImage),
    capacity: Math.min(range.capacity, BRIDGE_PORTS),
    range: range.cidr,
    canPublish: (tools.socketActivate !== undefined && tools.socketProxyd !== undefined) || tools.socat !== undefined,
  });
}
