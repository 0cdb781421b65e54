import assert from 'node:assert/strict';
import { listenerArgv } from '../../src/network/listener-process.ts';
import { type Forward, forwardName, type Listener, parseForwardName, portPlan } from '../../src/network/port-plan.ts';
import type { PublishedPort } from '../../src/network/published.ts';

const port = (hostPort: number, containerPort: number, protocol: PublishedPort['protocol'] = 'TCP'): PublishedPort => ({
  hostIp: '0.0.0.0',
  hostPort,
  containerPort,
  protocol,
  field: '',
});
const forward = (hostPort: number, address: string, containerPort: number): Forward => ({
  hostIp: '0.0.0.0',
  hostPort,
  address,
  containerPort,
});
const running = (f: Forward, pid = 1): Listener => ({ ...f, process: { pid, start: '5' } });

const web = forward(8080, '10.244.0.2', 80);
const pods = () => [{ address: '10.244.0.2', ports: [port(8080, 80)] }];

const rows: { name: string; pods: ReturnType<typeof pods>; running: Listener[]; want: ReturnType<typeof portPlan> }[] = [
  { name: 'all is well', pods: pods(), running: [running(web)], want: { stop: [], start: [] } },
  { name: 'a new pod', pods: pods(), running: [], want: { stop: [], start: [web] } },
  { name: 'the pod is gone', pods: [], running: [running(web)], want: { stop: [running(web)], start: [] } },
  {
    name: 'the pod has another address',
    pods: [{ address: '10.244.0.3', ports: [port(8080, 80)] }],
    running: [running(web)],
    want: { stop: [running(web)], start: [forward(8080, '10.244.0.3', 80)] },
  },
  {
    name: 'another container port',
    pods: [{ address: '10.244.0.2', ports: [port(8080, 81)] }],
    running: [running(web)],
    want: { stop: [running(web)], start: [forward(8080, '10.244.0.2', 81)] },
  },
  {
    name: 'UDP is not forwarded',
    pods: [{ address: '10.244.0.2', ports: [port(53, 53, 'UDP')] }],
    running: [],
    want: { stop: [], start: [] },
  },
  {
    name: 'the same one twice: one goes',
    pods: pods(),
    running: [running(web), running(web, 2)],
    want: { stop: [running(web, 2)], start: [] },
  },
];

describe('plan of listeners', () => {
  for (const row of rows) it(row.name, () => assert.deepEqual(portPlan(row.pods, row.running), row.want));

  it('a name says everything', () => {
    for (const f of [web, { ...web, hostIp: '::1' }]) assert.deepEqual(parseForwardName(forwardName(f)), f);
    assert.equal(parseForwardName('something-else'), undefined);
  });
});

describe('command line of a listener', () => {
  const tools = { sh: '/bin/sh', nsenter: '/n', socketActivate: '/a', socketProxyd: '/p', socat: '/s' };
  it("systemd's", () => {
    assert.deepEqual(listenerArgv(web, '/run/node', tools), [
      ...['/a', '-l', '0.0.0.0:8080', '/bin/sh', '-c', 'exec "$@" 2>/dev/null', 'proxy'],
      ...['/n', '--net=/run/node', '/p', '--connections-max=65535', '10.244.0.2:80'],
    ]);
  });
  it('without it socat', () => {
    assert.deepEqual(listenerArgv({ ...web, hostIp: '::1' }, '/run/node', { ...tools, socketProxyd: undefined }), [
      '/s',
      'TCP6-LISTEN:8080,bind=[::1],reuseaddr,fork,backlog=4096',
      'EXEC:/n\\ --net=/run/node\\ /s\\ STDIO\\ TCP4\\:10.244.0.2\\:80',
    ]);
  });
  it('without both none', () => assert.equal(listenerArgv(web, '/run/node', { sh: '/bin/sh', nsenter: '/n' }), undefined));
});
