/** From which addresses a load balancer takes connections. */

import { recordAt, stringsAt, wordsAt } from '../fields.ts';
import { isIPv4, isIPv6 } from '../ip.ts';
import type { JsonObject } from '../json.ts';
import type { Report } from './report.ts';

const ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** A range whose address has bits below its length set is refused: it is usually a mistake. */
const checkRange = (text: string): string[] => {
  const [address = '', length = ''] = text.trim().split('/');
  const bits = Number(length);
  const max = isIPv4(address) ? 32 : 128;
  if (!/^\d{1,3}$/.test(length) || (!isIPv4(address) && !isIPv6(address)) || bits > max) return ['must be a range like 10.0.0.0/8'];
  if (isIPv4(address) && bits < 32 && numberOf(address) % 2 ** (32 - bits) !== 0) return ['has bits set behind its length'];
  return [];
};

export const checkSourceRanges = (service: JsonObject, spec: JsonObject, type: string, report: Report): void => {
  const ranges = stringsAt(spec, 'loadBalancerSourceRanges');
  const annotation = wordsAt(recordAt(service, 'metadata'), 'annotations')[ANNOTATION];
  const [at, annotated] = ['spec.LoadBalancerSourceRanges', `metadata.annotations[${ANNOTATION}]`];
  const written = 'spec.loadBalancerSourceRanges';
  if (type !== 'LoadBalancer') {
    if (ranges.length > 0) report.at(written, () => report.forbidden(at, 'only with type: LoadBalancer'));
    else if (annotation !== undefined) report.forbidden(annotated, 'only with type: LoadBalancer');
    return;
  }
  for (const [i, range] of ranges.entries())
    report.at(`${written}[${i}]`, () => report.invalidAll(`${at}[${i}]`, range, checkRange(range)));
  if (ranges.length > 0 || annotation === undefined || annotation.trim() === '') return;
  for (const range of annotation.split(',')) {
    const problems = checkRange(range);
    report.invalidAll(annotated, annotation, problems);
    if (problems.length > 0) return;
  }
};
