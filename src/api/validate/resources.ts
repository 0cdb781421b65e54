/** Limits and requests. */
import { itemsAt, recordAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkQualifiedName } from '../name.ts';
import { compareQuantity, type Quantity, tryQuantity } from '../quantity.ts';
import type { Report } from './report.ts';

const CONTAINER = ['cpu', 'memory', 'ephemeral-storage'];
const STANDARD = new Set([
  ...CONTAINER,
  ...CONTAINER.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'storage'],
  ...['requests.storage', 'services.nodeports', 'services.loadbalancers'],
]);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && checkQualifiedName(`requests.${name}`).length === 0;
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);
const isStandard = (name: string): boolean => STANDARD.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

export const checkResourceName = (name: string, path: string, report: Report): void => {
  const problems = checkQualifiedName(name);
  report.invalidAll(path, name, problems);
  if (name.includes('/')) {
    if (!isNative(name) && !isExtended(name)) report.invalid(path, name, 'is no extended resource name');
    return;
  }
  if (problems.length === 0 && !isStandard(name))
    report.invalid(path, name, 'must be a standard resource or be qualified: example.com/name');
  if (!CONTAINER.includes(name) && !isHugePages(name))
    report.invalid(path, name, 'is no resource of containers: cpu, memory, ephemeral-storage');
};

const NANO = 1_000_000_000n;

const isWholePages = (name: string, amount: Quantity): boolean => {
  const page = tryQuantity(name.slice('hugepages-'.length));
  return page === undefined || page.nano === 0n || amount.nano % page.nano === 0n;
};

export const checkAmount = (name: string, amount: string, path: string, report: Report): void => {
  const quantity = tryQuantity(amount);
  if (quantity === undefined) return;
  if (quantity.nano < 0n) report.invalid(path, amount, 'must not be negative');
  if (isExtended(name) && quantity.nano % NANO !== 0n) report.invalid(path, amount, 'must be a whole number');
  if (isHugePages(name) && !isWholePages(name, quantity)) report.invalid(path, amount, 'must be a multiple of the page size');
};

const checkAgainstLimit = (name: string, request: string, limit: string | undefined, path: string, report: Report): void => {
  if (limit === undefined) {
    if (!mayOvercommit(name)) report.required(`${path}.limits`, `${name} is only given with a limit`);
    return;
  }
  const order = compareQuantity(request, limit);
  if (!mayOvercommit(name) && order !== 0) report.invalid(`${path}.requests`, request, `must be equal to the ${name} limit of ${limit}`);
  else if (order > 0) report.invalid(`${path}.requests`, request, `must not be more than the ${name} limit of ${limit}`);
};

const checkClaims = (resources: JsonObject, path: string, podClaims: readonly string[], report: Report): void => {
  const used = new Set<string>();
  for (const [i, claim] of itemsAt(resources, 'claims')) {
    const [name, request] = [textAt(claim, 'name'), textAt(claim, 'request')];
    const at = `${path}[${i}]`;
    if (name === '') report.required(at);
    else {
      const id = request === '' ? name : `${name}/${request}`;
      if (used.has(id) || (request !== '' && used.has(name))) report.duplicate(at, id);
      used.add(id);
      if (!podClaims.includes(name)) report.notFound(at, name, 'not in spec.resourceClaims');
    }
  }
};

/** Of a container; `names` checks what may be asked for. */
export const checkResources = (
  resources: JsonObject | undefined,
  path: string,
  report: Report,
  podClaims: readonly string[] = [],
  checkName: typeof checkResourceName = checkResourceName,
): void => {
  const [limits, requests] = [wordsAt(resources, 'limits'), wordsAt(resources, 'requests')];
  for (const [name, amount] of Object.entries(limits)) {
    checkName(name, `${path}.limits[${name}]`, report);
    checkAmount(name, amount, `${path}.limits[${name}]`, report);
  }
  for (const [name, amount] of Object.entries(requests)) {
    checkName(name, `${path}.requests[${name}]`, report);
    checkAmount(name, amount, `${path}.requests[${name}]`, report);
    if (tryQuantity(amount)) report.at(`${path}.requests[${name}]`, () => checkAgainstLimit(name, amount, limits[name], path, report));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    report.forbidden(path, 'huge pages need a cpu or memory limit or request as well');
  if (resources) checkClaims(resources, `${path}.claims`, podClaims, report);
};

/** `spec.overhead` is written as amounts only. */
export const checkOverhead = (spec: JsonObject, path: string, report: Report): void => {
  const overhead = recordAt(spec, 'overhead');
  if (overhead) checkResources({ limits: overhead }, `${path}.overhead`, report);
};
