import assert from 'node:assert/strict';
import { parsePodRange } from '../../src/network/address.ts';
import { attachLine, hardwareAddress, vethBatch, vethName } from '../../src/network/veth.ts';

const range = parsePodRange('10.244.0.0/16');
const sandboxId = '0123456789abcdef0123456789abcdef';

describe('veth', () => {
  it('the text for the hook', () => {
    assert.deepEqual(vethBatch({ range, address: '10.244.1.7', sandboxId, nodeNamespace: '/run/podstead/netns/node' }).split('\n'), [
      'link add eth0 address 0a:58:0a:f4:01:07 type veth peer name v0123456789abcd netns /run/podstead/netns/node',
      'link set lo up',
      'addr add 10.244.1.7/16 dev eth0',
      'link set eth0 up',
      'route add default via 10.244.0.1',
      '',
    ]);
  });
  it('quotes a path with a blank', () => {
    const text = vethBatch({ range, address: '10.244.1.7', sandboxId, nodeNamespace: '/tmp/a b/node' });
    assert.match(text, /netns "\/tmp\/a b\/node"\n/);
  });
  it('names fit into 15 characters', () => {
    assert.equal(vethName(sandboxId).length, 15);
    assert.equal(attachLine(sandboxId), 'link set v0123456789abcd master br0 up');
  });
  it('an address has one hardware address', () => assert.equal(hardwareAddress('10.244.0.255'), '0a:58:0a:f4:00:ff'));
});
