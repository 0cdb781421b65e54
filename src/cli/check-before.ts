/** Preflight for `play kube --dry-run`: everything that can be known to be in the way. A real play is checked by the engine. */
import { withDefaults } from '../api/defaults.ts';
import type { Stored } from '../api/objects.ts';
import { findTools } from '../host/tools.ts';
import { choosePodRange } from '../network/address.ts';
import { checkObjects, MET_KINDS } from '../preflight/check.ts';
import type { Finding } from '../preflight/finding.ts';
import type { Context } from './context.ts';
import { ManifestFaults } from './faults.ts';
import type { Manifest } from './manifest-objects.ts';

/** Throws INVALID_MANIFEST with every finding. */
export async function checkBefore(context: Context, manifest: Manifest): Promise<void> {
  const objects = manifest.objects.map(withDefaults);
  const images = await context.world.images();
  const findings = await checkObjects(objects, {
    stored: await storedObjects(context),
    hasImage: (reference) => images.find(reference) !== undefined,
    range: choosePodRange(context.env['PODSTEAD_POD_CIDR'], []),
    tools: findTools(context.env),
  });
  if (findings.length > 0) throw new ManifestFaults(findings.map((finding) => placed(finding, manifest)));
}

async function storedObjects(context: Context): Promise<Stored[]> {
  const reader = await context.world.reader(MET_KINDS);
  return (await Promise.all(MET_KINDS.map((kind) => reader.list(kind, undefined)))).flat();
}

function placed({ index, object, ...fault }: Finding, manifest: Manifest) {
  const position = manifest.position(index, fault.field);
  return position ? { ...fault, position } : { ...fault, message: `${object}: ${fault.message}` };
}
