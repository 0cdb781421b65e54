import assert from 'node:assert/strict';
import { etcHosts, type HostnameInput, podHostname } from '../../src/network/hosts.ts';

const healthy = (): HostnameInput => ({ spec: {}, pod: 'web-1', namespace: 'shop', domain: 'cluster.local', node: 'laptop' });
const domain = 'db.shop.svc.cluster.local';

const names: { name: string; change: (i: HostnameInput) => void; want: ReturnType<typeof podHostname> }[] = [
  { name: "the pod's name", change: () => {}, want: { kernel: 'web-1', hostname: 'web-1' } },
  {
    name: 'cut to 63 characters, and no dash at its end',
    change: (i) => {
      i.pod = `${'a'.repeat(62)}-b`;
    },
    want: { kernel: 'a'.repeat(62), hostname: 'a'.repeat(62) },
  },
  {
    name: 'spec.hostname wins',
    change: (i) => {
      i.spec.hostname = 'one';
    },
    want: { kernel: 'one', hostname: 'one' },
  },
  {
    name: 'a subdomain gives a domain',
    change: (i) => {
      i.spec = { hostname: 'one', subdomain: 'db' };
    },
    want: { kernel: 'one', hostname: 'one', domain },
  },
  {
    name: 'setHostnameAsFQDN: the kernel gets the full name',
    change: (i) => {
      i.spec = { hostname: 'one', subdomain: 'db', setHostnameAsFQDN: true };
    },
    want: { kernel: `one.${domain}`, hostname: 'one', domain },
  },
  {
    name: 'setHostnameAsFQDN: 64 characters at most',
    change: (i) => {
      i.spec = { hostname: 'x'.repeat(40), subdomain: 'db', setHostnameAsFQDN: true };
    },
    want: {
      fault: `Failed to construct FQDN from pod hostname and cluster domain, FQDN ${'x'.repeat(40)}.${domain} is too long (64 characters is the max, 66 characters requested)`,
    },
  },
  {
    name: 'hostnameOverride leaves no domain',
    change: (i) => {
      i.spec = { hostname: 'one', subdomain: 'db', hostnameOverride: 'a.b.c' };
    },
    want: { kernel: 'a.b.c', hostname: 'a.b.c' },
  },
  {
    name: "hostNetwork: the machine's",
    change: (i) => {
      i.spec = { hostname: 'one', hostNetwork: true };
    },
    want: { kernel: 'laptop', hostname: 'laptop' },
  },
];

describe('host name of a pod', () => {
  for (const row of names)
    it(row.name, () => {
      const input = healthy();
      row.change(input);
      assert.deepEqual(podHostname(input), row.want);
    });
});

const LOCAL = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', 'fe00::0\tip6-localnet'];
const MORE = ['fe00::0\tip6-mcastprefix', 'fe00::1\tip6-allnodes', 'fe00::2\tip6-allrouters'];

describe('/etc/hosts of a pod', () => {
  it('its own address', () => {
    assert.deepEqual(etcHosts({ hostname: 'web', addresses: ['10.244.0.7'] }).split('\n'), [
      '# Kubernetes-managed hosts file.',
      ...LOCAL,
      ...MORE,
      '10.244.0.7\tweb',
      '',
    ]);
  });
  it('its full name, and aliases', () => {
    const hostAliases = [{ ip: '10.1.1.1', hostnames: ['a', 'b.example'] }, { ip: '10.1.1.2' }];
    assert.deepEqual(etcHosts({ hostname: 'one', domain, addresses: ['10.244.0.7'], hostAliases }).split('\n'), [
      '# Kubernetes-managed hosts file.',
      ...LOCAL,
      ...MORE,
      `10.244.0.7\tone.${domain}\tone`,
      '',
      '# Entries added by HostAliases.',
      '10.1.1.1\ta\tb.example',
      '10.1.1.2',
      '',
    ]);
  });
  it("hostNetwork: the machine's, and aliases", () => {
    const input = {
      hostname: 'laptop',
      addresses: [],
      node: '127.0.0.1 localhost laptop\n',
      hostAliases: [{ ip: '10.1.1.1', hostnames: ['a'] }],
    };
    assert.deepEqual(etcHosts(input).split('\n'), [
      '# Kubernetes-managed hosts file (host network).',
      '127.0.0.1 localhost laptop',
      '',
      '# Entries added by HostAliases.',
      '10.1.1.1\ta',
      '',
    ]);
  });
});
