/** PersistentVolumeClaims, and the templates of claims in pods. */
import { has, recordAt, stringsAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkSubdomain } from '../name.ts';
import { tryQuantity } from '../quantity.ts';
import { checkLabelSelector } from './label-selector.ts';
import type { Report } from './report.ts';

const MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

const checkModes = (spec: JsonObject, path: string, report: Report): void => {
  const modes = stringsAt(spec, 'accessModes');
  if (modes.length === 0) report.required(`${path}.accessModes`, 'ReadWriteOnce, for example');
  for (const mode of modes) report.oneOf(`${path}.accessModes`, mode, MODES);
  if (modes.length > 1 && modes.includes('ReadWriteOncePod')) report.forbidden(`${path}.accessModes`, 'ReadWriteOncePod stands alone');
};

const checkStorage = (spec: JsonObject, path: string, report: Report): void => {
  const at = `${path}.resources[storage]`;
  const storage = wordsAt(recordAt(spec, 'resources'), 'requests')['storage'];
  const quantity = storage === undefined ? undefined : tryQuantity(storage);
  report.at(`${path}.resources.requests[storage]`, () => {
    if (storage === undefined) report.required(at, 'how much, in resources.requests.storage');
    else if (quantity && quantity.nano <= 0n) report.invalid(at, storage, 'must be more than 0');
  });
};

const checkSource = (source: JsonObject, path: string, report: Report): void => {
  const group = textAt(source, 'apiGroup');
  if (textAt(source, 'name') === '') report.required(`${path}.name`);
  if (textAt(source, 'kind') === '') report.required(`${path}.kind`);
  if (group !== '') report.invalidAll(`${path}.apiGroup`, group, checkSubdomain(group));
  else if (textAt(source, 'kind') !== 'PersistentVolumeClaim')
    report.invalid(path, textAt(source, 'kind'), 'must be a PersistentVolumeClaim when there is no apiGroup');
};

const identity = (source: JsonObject) => ['apiGroup', 'kind', 'name'].map((key) => textAt(source, key)).join('\n');

export const checkClaimSpec = (spec: JsonObject, path: string, report: Report): void => {
  checkModes(spec, path, report);
  checkLabelSelector(recordAt(spec, 'selector'), `${path}.selector`, report);
  checkStorage(spec, path, report);
  for (const field of ['storageClassName', 'volumeAttributesClassName']) {
    const name = textAt(spec, field);
    if (name !== '') report.invalidAll(`${path}.${field}`, name, checkSubdomain(name));
  }
  if (has(spec, 'volumeMode')) report.oneOf(`${path}.volumeMode`, spec['volumeMode'], ['Block', 'Filesystem']);
  const [source, reference] = [recordAt(spec, 'dataSource'), recordAt(spec, 'dataSourceRef')];
  if (source) checkSource(source, `${path}.dataSource`, report);
  if (reference) checkSource(reference, `${path}.dataSourceRef`, report);
  if (source && reference && identity(source) !== identity(reference))
    report.invalid(path, `${path}.dataSource`, 'dataSource and dataSourceRef must be the same');
};
