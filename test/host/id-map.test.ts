import assert from 'node:assert/strict';
import { identityMap } from '../../src/host/id-map.ts';

const rows: { name: string; own: string; want: string }[] = [
  { name: 'outside of every namespace', own: '         0          0 4294967295\n', want: '0 0 65536\n' },
  { name: 'as root of a rootless container', own: '0 1000 1\n1 100000 65536\n', want: '0 0 1\n1 1 65535\n' },
  { name: 'with fewer ids', own: '0 1000 1\n1 100000 999\n', want: '0 0 1\n1 1 999\n' },
  { name: 'with ids beyond', own: '0 231072 65536\n100000 500000 65536\n', want: '0 0 65536\n' },
];

describe('the map of root', () => {
  for (const row of rows) it(row.name, () => assert.equal(identityMap(row.own), row.want));
});
