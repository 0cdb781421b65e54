import assert from 'node:assert/strict';
import { podResolvConf, type ResolvInput } from '../../src/network/resolv-conf.ts';

const healthy = (): ResolvInput => ({
  spec: { dnsPolicy: 'ClusterFirst' },
  namespace: 'shop',
  host: '# by hand\nnameserver 192.168.1.1\nnameserver 8.8.8.8\nsearch corp.example. lan\noptions edns0 timeout:2\n',
  server: '10.244.0.1',
  domain: 'cluster.local',
});

const rows: { name: string; change: (input: ResolvInput) => void; want: string[]; warnings?: string[] }[] = [
  {
    name: "ClusterFirst: our server, the cluster's domains before the host's, ndots 5",
    change: () => {},
    want: ['search shop.svc.cluster.local svc.cluster.local cluster.local corp.example lan', 'nameserver 10.244.0.1', 'options ndots:5'],
  },
  {
    name: 'no policy is ClusterFirst',
    change: (i) => {
      i.spec = {};
      i.host = '';
    },
    want: ['search shop.svc.cluster.local svc.cluster.local cluster.local', 'nameserver 10.244.0.1', 'options ndots:5'],
  },
  {
    name: "Default: the host's",
    change: (i) => {
      i.spec.dnsPolicy = 'Default';
    },
    want: ['search corp.example lan', 'nameserver 192.168.1.1', 'nameserver 8.8.8.8', 'options edns0 timeout:2'],
  },
  {
    name: 'Default on a host with a stub resolver: our server stands in for what a pod cannot reach',
    change: (i) => {
      i.spec.dnsPolicy = 'Default';
      i.host = 'nameserver 127.0.0.53\nnameserver fe80::1\nnameserver 9.9.9.9\nsearch .\n';
    },
    want: ['search .', 'nameserver 10.244.0.1', 'nameserver 9.9.9.9'],
  },
  {
    name: 'Default on a host without resolvers: our server',
    change: (i) => {
      i.spec.dnsPolicy = 'Default';
      i.host = '';
    },
    want: ['nameserver 10.244.0.1'],
  },
  {
    name: "hostNetwork: ClusterFirst means the host's, stub and all",
    change: (i) => {
      i.spec.hostNetwork = true;
      i.host = 'nameserver 127.0.0.53\n';
    },
    want: ['nameserver 127.0.0.53'],
  },
  {
    name: 'ClusterFirstWithHostNet without hostNetwork is ClusterFirst',
    change: (i) => {
      i.spec.dnsPolicy = 'ClusterFirstWithHostNet';
      i.host = '';
    },
    want: ['search shop.svc.cluster.local svc.cluster.local cluster.local', 'nameserver 10.244.0.1', 'options ndots:5'],
  },
  {
    name: 'ClusterFirstWithHostNet: our server is not to be reached from there, which is said',
    change: (i) => {
      i.spec = { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true };
      i.host = 'nameserver 192.168.1.1\n';
    },
    want: ['nameserver 192.168.1.1'],
    warnings: ["the name server for pods cannot be reached from the host's network: falling back to DNS policy Default"],
  },
  {
    name: 'None: only dnsConfig',
    change: (i) => {
      i.spec = {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a.b'], options: [{ name: 'rotate' }, { name: 'ndots', value: '2' }] },
      };
    },
    want: ['search a.b', 'nameserver 1.1.1.1', 'options rotate ndots:2'],
  },
  {
    name: 'dnsConfig adds to ClusterFirst, each thing once, and its options win',
    change: (i) => {
      i.spec.dnsConfig = {
        nameservers: ['10.244.0.1', '1.1.1.1'],
        searches: ['lan', 'x.y'],
        options: [{ name: 'ndots', value: '1' }, { name: 'edns0' }],
      };
    },
    want: [
      'search shop.svc.cluster.local svc.cluster.local cluster.local corp.example lan x.y',
      'nameserver 10.244.0.1',
      'nameserver 1.1.1.1',
      'options ndots:1 edns0',
    ],
  },
  {
    name: 'more than three servers: the rest is left out and told',
    change: (i) => {
      i.host = '';
      i.spec = { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } };
    },
    want: ['nameserver 1.1.1.1', 'nameserver 1.1.1.2', 'nameserver 1.1.1.3'],
    warnings: [
      'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 1.1.1.1 1.1.1.2 1.1.1.3',
    ],
  },
  {
    name: 'more than 2048 characters of domains: whole domains are left out',
    change: (i) => {
      i.spec = { dnsPolicy: 'None', dnsConfig: { searches: Array.from({ length: 20 }, (_, n) => `${n}${'x'.repeat(200)}`) } };
    },
    want: [`search ${Array.from({ length: 10 }, (_, n) => `${n}${'x'.repeat(200)}`).join(' ')}`],
    warnings: [
      `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${Array.from({ length: 10 }, (_, n) => `${n}${'x'.repeat(200)}`).join(' ')}`,
    ],
  },
];

describe('resolv.conf', () => {
  for (const row of rows)
    it(row.name, () => {
      const input = healthy();
      row.change(input);
      assert.deepEqual(podResolvConf(input), { text: row.want.map((line) => `${line}\n`).join(''), warnings: row.warnings ?? [] });
    });
});
