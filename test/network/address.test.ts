import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  allocateAddress,
  choosePodRange,
  formatAddress,
  inRange,
  type Network,
  overlap,
  parseAddress,
  parseNetwork,
  parsePodRange,
  QUARANTINE_MS,
  stillQuarantined,
} from '../../src/network/address.ts';

const network = (text: string): Network => parseNetwork(text) ?? assert.fail(text);

describe('pod range', () => {
  const rows: { name: string; configured?: string; routes: string[]; want: string }[] = [
    { name: 'a quiet host: the usual range', routes: ['0.0.0.0/0', '192.168.1.0/24'], want: '10.244.0.0/16' },
    { name: 'a route into it: the next', routes: ['10.244.3.0/24'], want: '10.245.0.0/16' },
    { name: 'a resolver in it: the next', routes: ['10.244.3.9/32'], want: '10.245.0.0/16' },
    { name: 'all of 10/8 is taken', routes: ['10.0.0.0/8'], want: '172.30.0.0/16' },
    { name: '10/8 and 172.16/12 are taken', routes: ['10.0.0.0/8', '172.16.0.0/12'], want: '192.168.200.0/24' },
    { name: "the two halves of a VPN's default route are no neighbours", routes: ['0.0.0.0/1', '128.0.0.0/1'], want: '10.244.0.0/16' },
    { name: 'the configured one', configured: '10.9.0.0/20', routes: ['10.244.0.0/16'], want: '10.9.0.0/20' },
    { name: 'an empty setting is none', configured: '', routes: [], want: '10.244.0.0/16' },
  ];
  for (const row of rows) it(row.name, () => assert.equal(choosePodRange(row.configured, row.routes.map(network)).cidr, row.want));

  it('tells bridge and capacity', () => {
    assert.deepEqual(parsePodRange('10.9.0.0/29'), { base: 168361984, prefix: 29, cidr: '10.9.0.0/29', bridge: '10.9.0.1', capacity: 5 });
  });

  const refused: { name: string; text: string; routes?: string[]; message: RegExp }[] = [
    { name: 'garbage', text: 'ten', message: /^PODSTEAD_POD_CIDR=ten: not an IPv4 network like 10\.244\.0\.0\/16$/ },
    { name: 'IPv6', text: 'fd00::/64', message: /not an IPv4 network/ },
    { name: 'an address within', text: '10.1.2.3/16', message: /the network of this address is 10\.1\.0\.0\/16$/ },
    { name: 'too wide', text: '10.0.0.0/7', message: /from \/8 to \/29/ },
    { name: 'too narrow', text: '10.0.0.0/30', message: /from \/8 to \/29/ },
    { name: 'loopback', text: '127.3.0.0/16', message: /127\.0\.0\.0\/8 is reserved$/ },
    { name: 'multicast', text: '230.0.0.0/8', message: /224\.0\.0\.0\/3 is reserved$/ },
    { name: 'a route of the host', text: '10.1.0.0/16', routes: ['10.1.2.0/24'], message: /this machine has a route to 10\.1\.2\.0\/24/ },
  ];
  for (const row of refused)
    it(`refuses ${row.name}`, () => {
      const choose = () => choosePodRange(row.text, (row.routes ?? []).map(network));
      assert.throws(choose, (error: Error & { code?: string; remedy?: string }) => {
        assert.equal(error.code, 'ADDRESS_RANGE');
        assert.ok(error.remedy);
        assert.match(error.message, row.message);
        return true;
      });
    });

  it('says so when every candidate is taken', () => {
    const routes = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(network);
    assert.throws(() => choosePodRange(undefined, routes), { code: 'ADDRESS_RANGE' });
  });

  it('reads back every address it writes', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (n) => parseAddress(formatAddress(n)) === n));
  });

  it('networks overlap exactly when they share an address', () => {
    const some = fc.record({ base: fc.integer({ min: 0, max: 63 }), prefix: fc.integer({ min: 28, max: 32 }) });
    fc.assert(
      fc.property(some, some, (a, b) => {
        const [x, y] = [a, b].map(({ base, prefix }) => network(`${formatAddress(base)}/${prefix}`)) as [Network, Network];
        const members = (n: Network) => Array.from({ length: 2 ** (32 - n.prefix) }, (_, i) => n.base + i);
        assert.equal(
          overlap(x, y),
          members(x).some((address) => members(y).includes(address)),
        );
      }),
    );
  });
});

describe('addresses of pods', () => {
  const range = parsePodRange('10.9.0.0/29');
  const now = 1_000_000;
  const rows: { name: string; taken: string[]; freed: [string, number][]; want: string }[] = [
    { name: 'the first after the bridge', taken: [], freed: [], want: '10.9.0.2' },
    { name: 'the lowest gap', taken: ['10.9.0.2', '10.9.0.4'], freed: [], want: '10.9.0.3' },
    { name: 'not one freed a moment ago', taken: [], freed: [['10.9.0.2', now - 1]], want: '10.9.0.3' },
    { name: 'one freed a minute ago', taken: [], freed: [['10.9.0.2', now - QUARANTINE_MS]], want: '10.9.0.2' },
    {
      name: 'nothing else is free: the one freed first',
      taken: ['10.9.0.2', '10.9.0.3', '10.9.0.4'],
      freed: [
        ['10.9.0.5', now - 10],
        ['10.9.0.6', now - 20],
      ],
      want: '10.9.0.6',
    },
  ];
  for (const row of rows) it(row.name, () => assert.equal(allocateAddress(range, new Set(row.taken), new Map(row.freed), now), row.want));

  it('a full range is an error', () => {
    const taken = new Set([2, 3, 4, 5, 6].map((i) => `10.9.0.${i}`));
    assert.throws(() => allocateAddress(range, taken, new Map(), now), {
      code: 'ADDRESS_RANGE',
      message: 'no free address in 10.9.0.0/29: it holds 5 pods',
    });
  });

  it('never gives what is taken, the bridge, or what lies outside', () => {
    const addresses = [2, 3, 4, 5, 6].map((i) => `10.9.0.${i}`);
    fc.assert(
      fc.property(fc.subarray(addresses, { maxLength: 4 }), fc.subarray(addresses), (taken, freed) => {
        const given = allocateAddress(range, new Set(taken), new Map(freed.map((a, i) => [a, now - i])), now);
        assert.ok(addresses.includes(given) && !taken.includes(given));
      }),
    );
  });

  it('forgets who has served the time', () => {
    const freed = new Map([
      ['10.9.0.2', now - QUARANTINE_MS],
      ['10.9.0.3', now - 1],
    ]);
    assert.deepEqual(stillQuarantined(freed, now), new Map([['10.9.0.3', now - 1]]));
  });

  it('knows what is in the range', () => {
    assert.deepEqual(
      ['10.9.0.7', '10.9.0.8', 'x'].map((a) => inRange(range, a)),
      [true, false, false],
    );
  });
});
