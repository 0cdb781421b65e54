/** Defaults of a PersistentVolumeClaim's spec. */
import { recordAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { roundResources } from './resources.ts';
import { setDefault } from './set.ts';

const isCore = (source: JsonObject) =>
  source['kind'] === 'PersistentVolumeClaim' && (source['apiGroup'] === undefined || source['apiGroup'] === '');

/** dataSource and dataSourceRef mirror each other; a namespace in it needs a gate that is off. */
const mirrorSources = (spec: JsonObject): void => {
  const [source, reference] = [recordAt(spec, 'dataSource'), recordAt(spec, 'dataSourceRef')];
  if (reference && reference['namespace'] !== undefined) delete spec['dataSourceRef'];
  else if (source && !reference) spec['dataSourceRef'] = { ...source };
  else if (!source && reference) spec['dataSource'] = { ...reference };
  const kept = recordAt(spec, 'dataSource');
  if (kept && !isCore(kept) && kept['apiGroup'] === '') delete kept['apiGroup'];
};

export const defaultClaim = (spec: JsonObject): void => {
  setDefault(spec, 'volumeMode', 'Filesystem');
  const resources = recordAt(spec, 'resources');
  if (resources) roundResources(resources);
  else spec['resources'] = {};
  mirrorSources(spec);
};
