import assert from 'node:assert/strict';
import { formatNetwork } from '../../src/network/address.ts';
import { parseRoutes, readHostNetworks, resolverNetworks } from '../../src/network/host-routes.ts';

const TABLE = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	0000100A	00000000	0001	0	0	50	0000F0FF	0	0	0
`;

describe('host routes', () => {
  it('reads the kernel table', () => {
    assert.deepEqual(parseRoutes(TABLE).map(formatNetwork), ['0.0.0.0/0', '192.0.2.0/24', '10.16.0.0/12']);
  });
  it('resolvers are networks of one; IPv6 ones are not our concern', () => {
    assert.deepEqual(resolverNetworks('nameserver 10.3.4.5\nnameserver fd00::1\n').map(formatNetwork), ['10.3.4.5/32']);
  });
  it('a machine without these files has no routes', async () => {
    assert.deepEqual(await readHostNetworks({ routes: '/nowhere', resolvConf: '/nowhere' }), []);
  });
});
