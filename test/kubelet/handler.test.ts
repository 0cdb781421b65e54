import assert from 'node:assert/strict';
import type { Container, LifecycleHandler, Probe } from '../../src/api/objects.ts';
import { hookRequest, probeRequest } from '../../src/kubelet/handler.ts';

const container: Container = {
  name: 'c',
  image: 'x',
  ports: [{ name: 'web', containerPort: 8080 }],
  env: [
    { name: 'A', value: '1' },
    { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ],
};
const context = { container, podIP: '10.88.0.2' };
const http = { kind: 'http', host: '10.88.0.2', port: 8080, path: '/', scheme: 'http', headers: [], timeoutMs: 1000 };

const probes: { name: string; probe: Probe; want: unknown }[] = [
  { name: 'http by port name', probe: { httpGet: { port: 'web' } }, want: http },
  {
    name: 'http with everything',
    probe: {
      httpGet: { host: 'example.com', port: 443, path: 'health?x=1', scheme: 'HTTPS', httpHeaders: [{ name: 'Host', value: 'h' }] },
      timeoutSeconds: 5,
    },
    want: { kind: 'http', host: 'example.com', port: 443, path: '/health?x=1', scheme: 'https', headers: [['Host', 'h']], timeoutMs: 5000 },
  },
  { name: 'http with a number as text', probe: { httpGet: { port: '8080' } }, want: http },
  {
    name: 'a port that is not there',
    probe: { tcpSocket: { port: 'nope' } },
    want: { fault: 'container c: nope is neither a port number nor the name of one of its ports' },
  },
  { name: 'tcp', probe: { tcpSocket: { port: 1 } }, want: { kind: 'tcp', host: '10.88.0.2', port: 1, timeoutMs: 1000 } },
  {
    name: 'grpc',
    probe: { grpc: { port: 2379, service: 's' } },
    want: { kind: 'grpc', host: '10.88.0.2', port: 2379, service: 's', timeoutMs: 1000 },
  },
  {
    name: 'exec: only literal values are known',
    probe: { exec: { command: ['x', '$(A)$(B)$(C)'] } },
    want: { kind: 'exec', command: ['x', '1$(C)'], timeoutMs: 1000 },
  },
  { name: 'nothing', probe: {}, want: { fault: 'container c: the probe says neither exec, httpGet, tcpSocket nor grpc' } },
];
const hooks: { name: string; hook: LifecycleHandler; timeoutMs?: number; want: unknown }[] = [
  { name: 'exec: as it is, without a limit', hook: { exec: { command: ['x', '$(A)'] } }, want: { kind: 'exec', command: ['x', '$(A)'] } },
  {
    name: 'exec within the grace',
    hook: { exec: { command: ['x'] } },
    timeoutMs: 7000,
    want: { kind: 'exec', command: ['x'], timeoutMs: 7000 },
  },
  { name: 'http: any answer will do', hook: { httpGet: { port: 8080 } }, timeoutMs: 1000, want: { ...http, anyAnswer: true } },
  { name: 'http without a port: 80', hook: { httpGet: { port: '' } }, timeoutMs: 1000, want: { ...http, port: 80, anyAnswer: true } },
  { name: 'sleep', hook: { sleep: { seconds: 3 } }, want: { kind: 'sleep', seconds: 3 } },
  {
    name: 'tcpSocket is no hook',
    hook: { tcpSocket: { port: 1 } },
    want: { fault: 'container c: the hook says neither exec, httpGet nor sleep' },
  },
];

describe('what probes and hooks ask for', () => {
  for (const { name, probe, want } of probes) it(`probe: ${name}`, () => assert.deepEqual(probeRequest(probe, context), want));
  for (const { name, hook, timeoutMs, want } of hooks)
    it(`hook: ${name}`, () => assert.deepEqual(hookRequest(hook, context, timeoutMs), want));
});
