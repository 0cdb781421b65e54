import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { namesOf, PodDns } from '../../src/network/dns.ts';

const web = { address: '10.244.0.7', name: 'web', namespace: 'shop' };

describe('names of pods', () => {
  it('its own and its address', () => {
    assert.deepEqual(namesOf(web), ['web.shop.svc.cluster.local', '10-244-0-7.shop.pod.cluster.local']);
  });
  it('hostname and subdomain, the hostname being its name unless it is given', () => {
    assert.deepEqual(namesOf({ ...web, subdomain: 'db', hostname: 'one' }).slice(2), ['one.db.shop.svc.cluster.local']);
    assert.deepEqual(namesOf({ ...web, subdomain: 'db' }).slice(2), ['web.db.shop.svc.cluster.local']);
  });

  describe('on disk', () => {
    let dir: string;
    beforeEach(async () => {
      dir = await mkdtemp('/tmp/p-');
    });
    afterEach(() => rm(dir, { recursive: true }));
    const files = async () =>
      Object.fromEntries(await Promise.all((await readdir(dir)).map(async (f) => [f, await readFile(`${dir}/${f}`, 'utf8')])));

    it('one file a pod; what an earlier engine left is known', async () => {
      await new PodDns(dir).add('u1', web);
      const dns = new PodDns(dir);
      await dns.add('u2', { ...web, address: '10.244.0.8' });
      await dns.remove('u1');
      assert.deepEqual(await files(), { u2: '10.244.0.8 web.shop.svc.cluster.local 10-244-0-8.shop.pod.cluster.local\n' });
      await dns.remove('u2');
      await dns.remove('u2');
      assert.deepEqual(await files(), {});
    });
  });
});
