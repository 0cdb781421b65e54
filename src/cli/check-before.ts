/** Preflight for `play kube --dry-run`: everything that can be known to be in the way. A real play is checked by the engine. */
import { withDefaults } from '../api/defaults.ts';
import { supportedKinds } from '../api/kinds.ts';
import type { Stored } from '../api/objects.ts';
import { findTools } from '../host/tools.ts';
import type { ImageStore } from '../images/image-store.ts';
import { isLocal, parseReference } from '../images/reference.ts';
import { choosePodRange } from '../network/address.ts';
import type { Finding } from '../preflight/finding.ts';
import { lookAround } from '../preflight/look-around.ts';
import { preflight } from '../preflight/preflight.ts';
import type { ImageFacts } from '../preflight/world.ts';
import type { Context } from './context.ts';
import { ManifestFaults } from './faults.ts';
import type { Manifest } from './manifest-objects.ts';

/** Kinds that a manifest may meet. */
const MET = new Set(['Pod', 'Deployment', 'ReplicaSet', 'ConfigMap', 'Secret', 'PersistentVolumeClaim']);

/** Throws INVALID_MANIFEST with every finding. */
export async function checkBefore(context: Context, manifest: Manifest): Promise<void> {
  const objects = manifest.objects.map(withDefaults);
  const tools = findTools(context.env);
  const range = choosePodRange(context.env['PODSTEAD_POD_CIDR'], []);
  const images = await context.world.images();
  const findings = preflight(objects, {
    ...(await lookAround(objects)),
    stored: await storedObjects(context),
    image: (reference) => imageFacts(images, reference),
    capacity: range.capacity,
    range: range.cidr,
    canPublish: (tools.socketActivate !== undefined && tools.socketProxyd !== undefined) || tools.socat !== undefined,
  });
  if (findings.length > 0) throw new ManifestFaults(findings.map((finding) => placed(finding, manifest)));
}

async function storedObjects(context: Context): Promise<Stored[]> {
  const kinds = supportedKinds.filter(({ kind }) => MET.has(kind));
  const reader = await context.world.reader(kinds);
  return (await Promise.all(kinds.map((kind) => reader.list(kind, undefined)))).flat();
}

function imageFacts(images: ImageStore, reference: string): ImageFacts {
  try {
    return { present: images.find(reference) !== undefined, local: isLocal(parseReference(reference)) };
  } catch (error) {
    return { present: false, local: false, invalid: error instanceof Error ? error.message : String(error) };
  }
}

function placed({ index, object, ...fault }: Finding, manifest: Manifest) {
  const position = manifest.position(index, fault.field);
  return position ? { ...fault, position } : { ...fault, message: `${object}: ${fault.message}` };
}
