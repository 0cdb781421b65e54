/** Names as pods see them: of other pods, of themselves, and the files that the kubelet writes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readRef, sendSignal } from '../../src/host/process.ts';
import { parseResolvConf } from '../../src/network/resolv-conf.ts';
import { type App, app, podText } from './net/app.ts';
import { until } from './until.ts';

const host = parseResolvConf(readFileSync('/etc/resolv.conf', 'utf8'));
const WEB = podText('web', ['hostname: one', 'subdomain: db']);
const OTHERS = [
  '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n',
  podText('asker', [
    'hostAliases:',
    '- {ip: 192.0.2.1, hostnames: [alias, alias.example]}',
    '- {ip: 192.0.2.2, hostnames: [second]}',
    'dnsConfig: {options: [{name: timeout, value: "1"}]}',
  ]),
  podText('shop').replace('{name: shop}', '{name: shop, namespace: other}'),
  podText('none', [
    'dnsPolicy: None',
    'dnsConfig: {nameservers: [192.0.2.53], searches: [a.example, b.example], options: [{name: ndots, value: "2"}, {name: edns0}]}',
  ]),
  podText('plain', ['dnsPolicy: Default']),
  podText('onhost', ['hostNetwork: true', 'hostAliases: [{ip: 192.0.2.1, hostnames: [alias]}]']),
  podText('full', ['hostname: long', 'subdomain: db', 'setHostnameAsFQDN: true']),
].join('');

describe('names', function () {
  this.timeout(60_000);
  let product: App;
  let web: string;
  /** As a program in the pod would: with /etc/hosts and the search list. */
  const lookUp = async (name: string, pod = 'asker', namespace = 'default') => {
    const said = await product.run(['exec', pod, '-n', namespace, '--', 'sh', '-c', `ping -c 1 -W 1 ${name} 2>&1 | head -n 1`]);
    return /^PING \S+ \(([\d.]+)\)/.exec(said.stdout)?.[1] ?? said.stdout.replace(/^ping: /, '').trim();
  };
  const bridge = async () => /nameserver (\S+)/.exec(await product.says('asker', 'cat /etc/resolv.conf'))?.[1] ?? '';
  before(async () => {
    product = await app();
    await product.play(WEB + OTHERS);
    web = await product.address('web');
  });
  after(() => product?.[Symbol.asyncDispose]());

  it('a pod is known by its name, its host name and its address', async () => {
    const dashed = web.replaceAll('.', '-');
    const names = ['web', 'web.default', 'web.default.svc', 'web.default.svc.cluster.local', 'one.db', 'one.db.default.svc.cluster.local'];
    names.push(`${dashed}.default.pod.cluster.local`, `${dashed}.default.pod`);
    const found = await Promise.all(names.map(async (name) => `${name} ${await lookUp(name)}`));
    assert.deepEqual(
      found,
      names.map((name) => `${name} ${web}`),
    );
  });

  it('by a short name only in its own namespace', async () => {
    const shop = await product.address('shop', 'other');
    const dashed = web.replaceAll('.', '-');
    assert.equal(await lookUp('shop'), "bad address 'shop'");
    assert.equal(await lookUp('shop.other'), shop);
    assert.equal(await lookUp('web', 'shop', 'other'), "bad address 'web'");
    assert.equal(await lookUp('web.default', 'shop', 'other'), web);
    assert.equal(await lookUp(`${dashed}.other.pod.cluster.local`), `bad address '${dashed}.other.pod.cluster.local'`);
    assert.equal(await lookUp('one', 'asker'), "bad address 'one'");
  });

  it('it has no IPv6 address, which is another answer than no name', async () => {
    assert.doesNotMatch(await product.says('asker', 'nslookup -type=aaaa web.default.svc.cluster.local'), /exit|NXDOMAIN/);
    assert.match((await product.run(['exec', 'asker', '--', 'nslookup', 'nobody.default.svc.cluster.local'])).stdout, /NXDOMAIN/);
  });

  it('a name server that is killed is back within a second', async () => {
    const file = join(product.home.paths().net, 'dns.pid');
    const before = readRef(file);
    assert.ok(before);
    sendSignal(before, 'SIGKILL');
    await until(async () => (await lookUp('web')) === web, { what: 'the name is known again', timeoutMs: 1_000 });
    assert.notDeepEqual(readRef(file), before);
  });

  it('a name goes with its pod, and comes with the next', async () => {
    await product.ok(['delete', 'pod', 'web']);
    assert.equal(await lookUp('web'), "bad address 'web'");
    assert.equal(await lookUp('one.db'), "bad address 'one.db'");
    await product.play(WEB);
    const next = await product.address('web');
    assert.notEqual(next, web);
    assert.equal(await lookUp('web'), next);
    assert.equal(await lookUp('one.db'), next);
  });

  it('resolv.conf follows dnsPolicy and dnsConfig', async () => {
    const server = await bridge();
    const conf = (pod: string) => product.says(pod, 'cat /etc/resolv.conf');
    const searches = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', ...host.searches];
    assert.equal(await conf('asker'), `search ${searches.join(' ')}\nnameserver ${server}\noptions ndots:5 timeout:1`);
    assert.equal(await conf('none'), 'search a.example b.example\nnameserver 192.0.2.53\noptions ndots:2 edns0');
    const servers = host.nameservers.map((address) => (/^127\.|:/.test(address) ? server : address)).slice(0, 3);
    assert.deepEqual(parseResolvConf(await conf('plain')), { ...host, nameservers: [...new Set(servers)] });
    assert.deepEqual(parseResolvConf(await conf('onhost')), { ...host, nameservers: host.nameservers.slice(0, 3) });
  });

  it('/etc/hosts and /etc/hostname are the kubelet’s', async () => {
    const local = [
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
    ];
    const asker = await product.address('asker');
    const aliases = ['', '# Entries added by HostAliases.', '192.0.2.1\talias\talias.example', '192.0.2.2\tsecond'];
    assert.deepEqual((await product.says('asker', 'cat /etc/hosts')).split('\n'), [...local, `${asker}\tasker`, ...aliases]);
    assert.equal(await product.says('asker', 'cat /etc/hostname; hostname'), 'asker\nasker');
    assert.equal(await lookUp('alias.example'), '192.0.2.1');
    const next = await product.address('web');
    assert.deepEqual((await product.says('web', 'cat /etc/hosts')).split('\n'), [
      ...local,
      `${next}\tone.db.default.svc.cluster.local\tone`,
    ]);
    assert.equal(await product.says('web', 'cat /etc/hostname; hostname; hostname -f'), 'one\none\none.db.default.svc.cluster.local');
    const full = 'long.db.default.svc.cluster.local';
    assert.equal(await product.says('full', 'cat /etc/hostname; hostname'), `${full}\n${full}`);
  });

  it('with hostNetwork they are those of the machine', async () => {
    const own = readFileSync('/etc/hosts', 'utf8');
    const aliases = '\n# Entries added by HostAliases.\n192.0.2.1\talias';
    assert.equal(await product.says('onhost', 'cat /etc/hosts'), `# Kubernetes-managed hosts file (host network).\n${own}${aliases}`);
    assert.equal(await product.says('onhost', 'hostname'), hostname());
  });
});
