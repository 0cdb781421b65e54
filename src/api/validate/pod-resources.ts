/** Limits and requests of a whole pod. */
import { has, itemsAt, recordAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { podRequests } from '../pod-requests.ts';
import { compareQuantity, tryQuantity } from '../quantity.ts';
import type { Report } from './report.ts';
import { checkAmount, checkResources, isHugePages } from './resources.ts';

const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePages(name);

const checkName = (name: string, path: string, report: Report): void => {
  if (!isPodLevel(name)) report.notSupported(path, name, ['cpu', 'memory', 'hugepages-*']);
};

const checkContainerLimits = (spec: JsonObject, limits: Record<string, string>, specPath: string, report: Report): void => {
  for (const [i, container] of itemsAt(spec, 'containers'))
    for (const [name, limit] of Object.entries(wordsAt(recordAt(container, 'resources'), 'limits'))) {
      const whole = limits[name];
      if (whole !== undefined && tryQuantity(limit) && tryQuantity(whole) && compareQuantity(limit, whole) > 0)
        report.at(`${specPath}.containers[${i}].resources.limits[${name}]`, () =>
          report.invalid(
            `${specPath}.resources.containers[${i}][${name}].limits`,
            limit,
            `must not be more than the pod's limit of ${whole}`,
          ),
        );
    }
};

export const checkPodResources = (spec: JsonObject, specPath: string, report: Report): void => {
  const resources = recordAt(spec, 'resources');
  const path = `${specPath}.resources`;
  if (!resources) return;
  if (has(resources, 'claims')) report.forbidden(`${path}.claims`, 'a pod as a whole has none');
  const [limits, requests] = [wordsAt(resources, 'limits'), wordsAt(resources, 'requests')];
  checkResources({ limits, requests }, path, report, [], checkName);
  const sums = podRequests(spec);
  for (const [name, request] of Object.entries(requests)) {
    checkAmount(name, '0', `${path}.requests[${name}]`, report);
    const sum = sums[name];
    if (sum !== undefined && tryQuantity(request) && compareQuantity(request, sum) < 0)
      report.invalid(`${path}.requests[${name}]`, request, `must not be less than its containers request together, ${sum}`);
  }
  checkContainerLimits(spec, limits, specPath, report);
};
