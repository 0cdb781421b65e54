/** The way out of the pods' network, through an outside world of the test's own. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type ProcessRef, readRef, sendSignal } from '../../src/host/process.ts';
import { findTools } from '../../src/host/tools.ts';
import { type App, app, podText } from './net/app.ts';
import { BIG_BYTES, GATEWAY, MACHINE, NAMES, Outside, onOwnMachine, STUB, WEB, WEB_NAME } from './net/machine.ts';
import { until } from './until.ts';

const POD = podText('inside');

onOwnMachine('egress', import.meta.url, () => {
  const outside = new Outside();
  let product: App;
  const says = (script: string) => product.says('inside', script);
  const get = (url: string) => product.get('inside', url);
  const answers = (url: string, timeoutMs = 5_000) =>
    until(async () => (await get(url)) === MACHINE, { what: `an answer of ${url}`, timeoutMs });
  const looksUp = async (server: string) =>
    assert.match(await says(`timeout 3 nslookup -type=a ${WEB_NAME} ${server}`), new RegExp(`Address: ${WEB}`));
  const egress = (): ProcessRef => {
    const ref = readRef(join(product.home.paths().net, 'egress.pid'));
    assert.ok(ref, 'egress runs');
    return ref;
  };
  const asleep = () => until(() => !existsSync(product.home.paths().socket), { what: 'the engine sleeps', timeoutMs: 15_000 });

  before(async () => {
    await outside.start();
    product = await app();
    await product.play(POD);
  });
  after(async () => {
    await product?.[Symbol.asyncDispose]();
    await outside.end();
  });

  it('a pod reaches the outside by address, with the address of this machine', async () => {
    assert.equal(await get(`http://${WEB}/`), MACHINE);
    assert.equal(await says(`wget -q -O - http://${WEB}/big | wc -c`), String(BIG_BYTES));
  });

  it('and by name, also a short one of the search list', async () => {
    assert.equal(await get(`http://${WEB_NAME}/`), MACHINE);
    assert.equal(await get('http://web/'), MACHINE);
  });

  it("it may ask the host's resolver itself, and any other", async () => {
    await looksUp(NAMES);
    await looksUp(WEB);
  });

  it('does not reach what listens on 127.0.0.1 of the host', async () => {
    const server = createServer((_, answer) => answer.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as { port: number };
      const bridge = (await says('ip route show default')).split(' ')[2] ?? '';
      assert.match(bridge, /^10\./);
      const targets = [bridge, MACHINE, GATEWAY, '169.254.1.1', '10.0.2.2', '127.0.0.1'];
      const ask = targets.map((to) => `{ echo "${to}: $(timeout 2 wget -q -O - http://${to}:${port}/ 2>/dev/null)"; } &`);
      const heard = (await says(`${ask.join('\n')}\nwait`)).split('\n').map((line) => line.trim());
      assert.deepEqual(heard.toSorted(), targets.map((to) => `${to}:`).toSorted());
    } finally {
      server.close();
    }
  });

  it('a way out that is killed is back within 2 s', async () => {
    const before = egress();
    await asleep();
    sendSignal(before, 'SIGKILL');
    await answers(`http://${WEB}/`, 2_000);
    assert.notDeepEqual(egress(), before);
  });

  it("the host's resolver may be a stub on its loopback", async () => {
    await product.ok(['system', 'down']);
    await outside.stub();
    outside.resolver(STUB);
    try {
      await product.ok(['resume']);
      await answers(`http://${WEB_NAME}/`);
      await product.ok(['system', 'down']);
    } finally {
      outside.resolver(NAMES);
    }
  });

  it('slirp4netns is as good', async function () {
    const { pasta, slirp4netns } = findTools(process.env);
    if (!slirp4netns) this.skip();
    await product.ok(['system', 'down']);
    if (pasta) await outside.hide(pasta);
    try {
      await product.ok(['resume']);
      await answers(`http://${WEB_NAME}/`);
      assert.equal(await get(`http://${WEB}/`), MACHINE);
      await looksUp(NAMES);
      await product.ok(['system', 'down']);
    } finally {
      if (pasta) await outside.show(pasta);
    }
  });

  it('without a default route pods run, with one notice, and the way out comes with the route', async () => {
    await product.down(POD);
    await product.ok(['system', 'down']);
    await outside.noRoute();
    try {
      const { code, stderr } = await product.run(['play', 'kube', '-'], { input: POD });
      const notice = 'notice: pods cannot reach the outside: this machine has no default route (once there is one they can)\n';
      assert.deepEqual({ code, stderr }, { code: 0, stderr: notice });
      assert.match(await get(`http://${WEB}/`), /^exit/);
      await asleep();
    } finally {
      await outside.route();
    }
    await answers(`http://${WEB_NAME}/`, 2_000);
  });
});
