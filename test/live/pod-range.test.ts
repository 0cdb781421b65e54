/** Which addresses pods get, on a machine whose routes the test makes. */
import assert from 'node:assert/strict';
import { readHolder } from '../../src/host/boot.ts';
import { type App, app, podText, webContainer } from './net/app.ts';
import { GATEWAY, NAMES, Outside, onOwnMachine } from './net/machine.ts';

const PODS = podText('a', [], [webContainer('a')]) + podText('b');
const VARIABLE = 'PODSTEAD_POD_CIDR';

onOwnMachine('the range of pods', import.meta.url, () => {
  const outside = new Outside();
  let product: App;
  before(async () => {
    await outside.start();
    product = await app();
    await product.ok(['system', 'down']);
  });
  afterEach(() => product.ok(['system', 'down']));
  after(async () => {
    await product?.[Symbol.asyncDispose]();
    await outside.end();
  });

  const range = async (env: Record<string, string> = {}) => {
    await product.ok(['play', 'kube', '-'], { input: PODS, env });
    const [a, b] = [await product.address('a'), await product.address('b')];
    assert.notEqual(a, b);
    assert.equal(await product.get('b', `http://${a}`), 'a');
    const network = (await product.says('b', 'ip route')).split('\n').find((line) => line.includes('scope link'));
    await product.down(PODS);
    return network?.split(' ', 1)[0];
  };

  it('the first that is free', async () => {
    assert.equal(await range(), '10.244.0.0/16');
  });

  it('none that a route of this machine leads to, nor one with its resolver', async () => {
    await outside.ip([`route add 10.244.7.0/24 via ${GATEWAY}`]);
    outside.resolver('10.245.0.53');
    try {
      assert.equal(await range(), '10.246.0.0/16');
    } finally {
      outside.resolver(NAMES);
      await outside.ip(['route del 10.244.7.0/24']);
    }
  });

  it('the one that is configured', async () => {
    assert.equal(await range({ [VARIABLE]: '10.99.8.0/24' }), '10.99.8.0/24');
  });

  it('not one that is configured and in use, or no network', async () => {
    await outside.ip([`route add 10.99.0.0/16 via ${GATEWAY}`]);
    try {
      for (const [cidr, message] of [
        ['10.99.8.0/24', 'this machine has a route to 10.99.0.0/16, which pods could not reach any more'],
        ['10.100.0.1/24', 'the network of this address is 10.100.0.0/24'],
        ['10.100.0.0', 'not an IPv4 network like 10.244.0.0/16'],
        ['127.1.0.0/16', '127.0.0.0/8 is reserved'],
      ]) {
        const { code, stdout, stderr } = await product.run(['play', 'kube', '-'], { input: PODS, env: { [VARIABLE]: cidr } });
        assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
        assert.equal(stderr.split('\n')[0], `podstead: ${VARIABLE}=${cidr}: ${message}`);
        assert.equal(readHolder(product.home.paths()), undefined);
      }
    } finally {
      await outside.ip(['route del 10.99.0.0/16']);
    }
  });

  it('more pods than fit are refused', async () => {
    const text = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => podText(name)).join('');
    const { code, stderr } = await product.run(['play', 'kube', '-'], { input: text, env: { [VARIABLE]: '10.99.8.0/29' } });
    const message = `6 pods in all, but 10.99.8.0/29 has addresses for 5 (${VARIABLE} sets another range)`;
    assert.deepEqual({ code, stderr }, { code: 2, stderr: `stdin:42:1: ${message}\npodstead: 1 fault, nothing was changed\n` });
  });
});
