import assert from 'node:assert/strict';
import type { OciResources } from '../../src/runtime/oci.ts';
import { containerResources, type OomInput, oomScoreAdj, type ResourceAmounts } from '../../src/runtime/resources.ts';

describe('resources', () => {
  const rows: { name: string; amounts: ResourceAmounts; pids?: number; want: OciResources }[] = [
    { name: 'nothing said', amounts: {}, want: { cpu: { shares: 2 } } },
    { name: 'a request of cpu', amounts: { requests: { cpu: '500m' } }, want: { cpu: { shares: 512 } } },
    {
      name: 'a limit of cpu counts as the request',
      amounts: { limits: { cpu: '2' } },
      want: { cpu: { shares: 2048, quota: 200_000, period: 100_000 } },
    },
    {
      name: 'both',
      amounts: { requests: { cpu: '250m' }, limits: { cpu: '1500m' } },
      want: { cpu: { shares: 256, quota: 150_000, period: 100_000 } },
    },
    { name: 'very little cpu', amounts: { limits: { cpu: '1m' } }, want: { cpu: { shares: 2, quota: 1_000, period: 100_000 } } },
    { name: 'very much cpu', amounts: { requests: { cpu: '1000' } }, want: { cpu: { shares: 262_144 } } },
    { name: 'no cpu at all', amounts: { requests: { cpu: '0' }, limits: { cpu: '0', memory: '0' } }, want: { cpu: { shares: 2 } } },
    {
      name: 'memory',
      amounts: { limits: { memory: '64Mi' } },
      want: { memory: { limit: 67_108_864, swap: 67_108_864 }, cpu: { shares: 2 } },
    },
    { name: 'a request of memory limits nothing', amounts: { requests: { memory: '64Mi' } }, want: { cpu: { shares: 2 } } },
    { name: 'a limit of processes', amounts: {}, pids: 100, want: { cpu: { shares: 2 }, pids: { limit: 100 } } },
  ];
  for (const { name, amounts, pids, want } of rows) it(name, () => assert.deepEqual(containerResources(amounts, pids), want));
});

describe('oom-score', () => {
  const GiB = 2 ** 30;
  const rows: { name: string; input: Partial<OomInput>; want: number }[] = [
    { name: 'Guaranteed', input: { qos: 'Guaranteed' }, want: -997 },
    { name: 'BestEffort', input: { qos: 'BestEffort' }, want: 1000 },
    { name: 'Burstable without a request', input: {}, want: 999 },
    { name: 'Burstable, a quarter of the memory', input: { memoryRequest: '2Gi' }, want: 750 },
    { name: 'Burstable, more than there is', input: { memoryRequest: '9Gi' }, want: 3 },
    { name: 'never below our own', input: { qos: 'Guaranteed', least: 200 }, want: 200 },
    { name: 'above our own', input: { memoryRequest: '2Gi', least: 200 }, want: 750 },
  ];
  for (const { name, input, want } of rows)
    it(name, () => assert.equal(oomScoreAdj({ qos: 'Burstable', capacity: 8 * GiB, least: -1000, ...input }), want));
});
