import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Pod, PodSpec } from '../../src/api/objects.ts';
import {
  canonicalIp,
  formatHostPort,
  formatPublish,
  type HostPort,
  PUBLISH_ANNOTATION,
  type PublishRule,
  parsePublish,
  portsOverlap,
  publishedPorts,
} from '../../src/network/published.ts';

const tcp = (hostIp: string, hostPort: number): HostPort => ({ hostIp, hostPort, protocol: 'TCP' });
const rule = (hostIp: string, hostPort: number, containerPort: number): PublishRule => ({
  hostIp,
  hostPort,
  containerPort,
  protocol: 'TCP',
});

describe('addresses of this machine', () => {
  const rows: [string, string | undefined][] = [
    ['127.0.0.1', '127.0.0.1'],
    ['::FFFF:127.0.0.1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['FE80::1', 'fe80::1'],
    ['fe80::1%eth0', undefined],
    ['localhost', undefined],
    ['1.2.3', undefined],
  ];
  for (const [text, want] of rows) it(`${text} is ${want}`, () => assert.equal(canonicalIp(text), want));
  it('IPv6 goes in brackets', () => assert.deepEqual([tcp('::1', 80), tcp('0.0.0.0', 80)].map(formatHostPort), ['[::1]:80', '0.0.0.0:80']));
});

describe('ports that exclude each other', () => {
  const rows: { a: HostPort; b: HostPort; want: boolean }[] = [
    { a: tcp('0.0.0.0', 80), b: tcp('127.0.0.1', 80), want: true },
    { a: tcp('0.0.0.0', 80), b: tcp('0.0.0.0', 81), want: false },
    { a: tcp('127.0.0.1', 80), b: tcp('127.0.0.2', 80), want: false },
    { a: tcp('0.0.0.0', 80), b: tcp('::1', 80), want: false },
    { a: tcp('::', 80), b: tcp('10.0.0.1', 80), want: true },
    { a: tcp('::', 80), b: tcp('0.0.0.0', 80), want: true },
    { a: tcp('0.0.0.0', 80), b: { hostIp: '0.0.0.0', hostPort: 80, protocol: 'UDP' }, want: false },
  ];
  for (const { a, b, want } of rows)
    it(`${formatHostPort(a)} and ${formatHostPort(b)}/${b.protocol}: ${want}`, () => {
      assert.equal(portsOverlap(a, b), want);
      assert.equal(portsOverlap(b, a), want);
    });
});

describe('--publish', () => {
  const rows: [string, PublishRule[]][] = [
    ['8080:80', [rule('0.0.0.0', 8080, 80)]],
    ['127.0.0.1:8080:80/tcp', [rule('127.0.0.1', 8080, 80)]],
    ['[::1]:8080:80', [rule('::1', 8080, 80)]],
    [':8080:80', [rule('0.0.0.0', 8080, 80)]],
    ['8000-8002:80-82', [rule('0.0.0.0', 8000, 80), rule('0.0.0.0', 8001, 81), rule('0.0.0.0', 8002, 82)]],
    ['53:53/UDP', [{ ...rule('0.0.0.0', 53, 53), protocol: 'UDP' }]],
  ];
  for (const [text, want] of rows) it(text, () => assert.deepEqual(parsePublish(text), want));

  const bad: [string, RegExp][] = [
    ['80', /the host port or the container port is missing$/],
    ['a:80', /"a" is neither a port nor a range of ports$/],
    ['0:80', /"0" is neither/],
    ['80:65536', /"65536" is neither/],
    ['9-8:9-8', /"9-8" is neither/],
    ['1-3:1-2', /the two ranges differ in length$/],
    ['example.org:80:80', /"example\.org" is not an IP address$/],
    ['80:80/icmp', /"icmp" is not a protocol$/],
  ];
  for (const [text, message] of bad) it(`refuses ${text}`, () => assert.throws(() => parsePublish(text), { code: 'USAGE', message }));

  it('the annotation reads back as it was written', () => {
    const port = fc.integer({ min: 1, max: 65535 });
    const one = fc.record(
      {
        hostIp: fc.constantFrom('0.0.0.0', '127.0.0.1', '::', '::1', '10.1.2.3'),
        hostPort: port,
        containerPort: port,
        protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (rules) => {
        assert.deepEqual(formatPublish(rules).split(',').flatMap(parsePublish), rules);
      }),
    );
  });
});

describe("a pod's ports", () => {
  const pod = (spec: Partial<PodSpec>, publish?: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...(publish ? { annotations: { [PUBLISH_ANNOTATION]: publish } } : {}) },
    spec: { containers: [{ name: 'web', ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }] }, { name: 'b' }], ...spec },
  });
  const rows: { name: string; pod: Pod; want: string[] }[] = [
    { name: 'those with a hostPort', pod: pod({}), want: ['0.0.0.0:8080→80 TCP spec.containers[0].ports[0].hostPort'] },
    {
      name: 'on the address that is given',
      pod: pod({ containers: [{ name: 'c', ports: [{ containerPort: 53, hostPort: 53, hostIP: '127.0.0.1', protocol: 'UDP' }] }] }),
      want: ['127.0.0.1:53→53 UDP spec.containers[0].ports[0].hostPort'],
    },
    {
      name: 'hostNetwork: all of them',
      pod: pod({ hostNetwork: true }),
      want: ['0.0.0.0:8080→80 TCP spec.containers[0].ports[0].hostPort', '0.0.0.0:81→81 TCP spec.containers[0].ports[1].hostPort'],
    },
    {
      name: "a sidecar's, but not an init container's",
      pod: pod({
        containers: [{ name: 'c' }],
        initContainers: [
          { name: 'i', ports: [{ containerPort: 1, hostPort: 2001 }] },
          { name: 's', restartPolicy: 'Always', ports: [{ containerPort: 2, hostPort: 2002 }] },
        ],
      }),
      want: ['0.0.0.0:2002→2 TCP spec.initContainers[1].ports[0].hostPort'],
    },
    {
      name: '--publish takes the place of hostPort, and adds',
      pod: pod({}, '127.0.0.1:9000:80/tcp,9001:81/tcp,9002:99/tcp'),
      want: [
        '127.0.0.1:9000→80 TCP spec.containers[0].ports[0]',
        '0.0.0.0:9001→81 TCP spec.containers[0].ports[1]',
        '0.0.0.0:9002→99 TCP metadata.annotations[podstead.dev/publish]',
      ],
    },
  ];
  for (const row of rows)
    it(row.name, () => {
      const text = publishedPorts(row.pod).map((p) => `${formatHostPort(p)}→${p.containerPort} ${p.protocol} ${p.field}`);
      assert.deepEqual(text, row.want);
    });
});
