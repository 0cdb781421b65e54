import assert from 'node:assert/strict';
import type { ConfigMap, Container, Secret, Service } from '../../src/api/objects.ts';
import { type ContainerEnv, containerEnv, type EnvFault, type EnvInput } from '../../src/kubelet/env.ts';
import { serviceEnv } from '../../src/kubelet/service-env.ts';
import { Scenario } from './scenario.ts';

const configMap = (name: string, data: { [key: string]: string }): [string, ConfigMap] => [
  name,
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
];
const secret = (name: string, data: { [key: string]: string }): [string, Secret] => [
  name,
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  },
];

const baseline = (container: Partial<Container>): EnvInput => {
  const s = new Scenario();
  Object.assign(s.pod.metadata, { labels: { app: 'web' }, annotations: { note: 'x' } });
  s.pod.spec.nodeName = 'node';
  return {
    pod: s.pod,
    container: { name: 'web', image: 'x', ...container },
    podIPs: ['10.88.0.2', 'fd88::2'],
    hostIPs: ['192.0.2.1'],
    allocatable: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
    configMaps: new Map([configMap('first', { A: 'first', B: 'first' }), configMap('second', { B: 'second', 'with.dot': '1' })]),
    secrets: new Map([secret('s', { KEY: 'geheim ✓' })]),
    serviceEnv: new Map([
      ['WEB_SERVICE_HOST', '10.96.0.5'],
      ['A', 'from a service'],
    ]),
  };
};
const SERVICES: [string, string][] = [
  ['WEB_SERVICE_HOST', '10.96.0.5'],
  ['A', 'from a service'],
];
const env = (pairs: [string, string][], rest: Partial<ContainerEnv> = {}): ContainerEnv => ({
  env: pairs,
  command: [],
  args: [],
  events: [],
  ...rest,
});
const fault = (message: string): EnvFault => ({ reason: 'CreateContainerConfigError', message });

const rows: { name: string; container: Partial<Container>; want: ContainerEnv | EnvFault }[] = [
  { name: 'nothing asked for: the Services', container: {}, want: env(SERVICES) },
  {
    name: 'of envFrom sources the later wins, env over both, the last of one name',
    container: {
      envFrom: [{ configMapRef: { name: 'first' } }, { configMapRef: { name: 'second' } }],
      env: [
        { name: 'B', value: 'one' },
        { name: 'B', value: 'two' },
      ],
    },
    want: env([
      ['A', 'first'],
      ['B', 'two'],
      ['with.dot', '1'],
      ['WEB_SERVICE_HOST', '10.96.0.5'],
    ]),
  },
  {
    name: 'a prefix; a Secret is decoded',
    container: { envFrom: [{ prefix: 'P_', secretRef: { name: 's' } }] },
    want: env([['P_KEY', 'geheim ✓'], ...SERVICES]),
  },
  {
    name: 'references: earlier variables and Services, not later ones; $$ is a $',
    container: {
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '$(X) $(LATER) $(WEB_SERVICE_HOST) $$(X) $(' },
        { name: 'LATER', value: '2' },
      ],
      command: ['echo', '$(Y)', '$(NONE)'],
      args: ['$(LATER)', '$$'],
    },
    want: env([['X', '1'], ['Y', '1 $(LATER) 10.96.0.5 $(X) $('], ['LATER', '2'], ...SERVICES], {
      command: ['echo', '1 $(LATER) 10.96.0.5 $(X) $(', '$(NONE)'],
      args: ['2', '$'],
    }),
  },
  {
    name: 'an empty value is a set variable',
    container: { env: [{ name: 'E', value: '' }, { name: 'F' }] },
    want: env([['E', ''], ['F', ''], ...SERVICES]),
  },
  {
    name: 'fields of the pod',
    container: {
      env: [
        'metadata.name',
        'metadata.namespace',
        'metadata.uid',
        "metadata.labels['app']",
        "metadata.labels['none']",
        "metadata.annotations['note']",
        'spec.nodeName',
        'spec.serviceAccountName',
        'status.hostIP',
        'status.podIP',
        'status.podIPs',
      ].map((fieldPath, at) => ({ name: `V${at}`, valueFrom: { fieldRef: { fieldPath } } })),
    },
    want: env([
      ...['p', 'ns', 'u1', 'web', '', 'x', 'node', 'default', '192.0.2.1', '10.88.0.2', '10.88.0.2,fd88::2'].map(
        (value, at): [string, string] => [`V${at}`, value],
      ),
      ...SERVICES,
    ]),
  },
  {
    name: 'a value from elsewhere is not expanded',
    container: {
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', valueFrom: { secretKeyRef: { name: 's', key: 'KEY' } } },
      ],
    },
    want: env([['X', '1'], ['Y', 'geheim ✓'], ...SERVICES]),
  },
  {
    name: 'optional sources that are missing leave it unset',
    container: {
      envFrom: [{ configMapRef: { name: 'none', optional: true } }],
      env: [
        { name: 'X', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } },
        { name: 'Y', valueFrom: { secretKeyRef: { name: 's', key: 'none', optional: true } } },
      ],
    },
    want: env(SERVICES),
  },
  { name: 'no ConfigMap', container: { envFrom: [{ configMapRef: { name: 'none' } }] }, want: fault('configmap "none" not found') },
  {
    name: 'no Secret',
    container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'none', key: 'k' } } }] },
    want: fault('secret "none" not found'),
  },
  {
    name: 'no such key',
    container: { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'first', key: 'toString' } } }] },
    want: fault("couldn't find key toString in ConfigMap ns/first"),
  },
  {
    name: 'resources, in units of the divisor, rounded up; a limit that is not set is what the machine has',
    container: {
      resources: { requests: { cpu: '120m', memory: '16Mi' }, limits: { cpu: '1500m', memory: '33Mi' } },
      env: [
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } },
        { name: 'MILLI', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
        { name: 'MEBI', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'OTHER', valueFrom: { resourceFieldRef: { containerName: 'log', resource: 'limits.memory', divisor: '1Gi' } } },
        { name: 'NONE', valueFrom: { resourceFieldRef: { containerName: 'log', resource: 'requests.memory' } } },
      ],
    },
    want: env([['CPU', '2'], ['MILLI', '120'], ['MEBI', '33'], ['OTHER', '4'], ['NONE', '0'], ...SERVICES]),
  },
];

describe('environment of a container', () => {
  for (const { name, container, want } of rows) it(name, () => assert.deepEqual(containerEnv(baseline(container)), want));

  it('skips names that can’t be variables, and tells', () => {
    const input = baseline({ envFrom: [{ prefix: 'ü', configMapRef: { name: 'first' } }] });
    assert.deepEqual(
      containerEnv(input),
      env(SERVICES, {
        events: [
          {
            type: 'Warning',
            reason: 'InvalidEnvironmentVariableNames',
            message:
              'Keys [üA, üB] from the EnvFrom ConfigMap ns/first were skipped since they are considered invalid environment variable names. (pod p)',
          },
        ],
      }),
    );
  });
});

describe('variables of Services', () => {
  const service = (name: string, spec: Service['spec'], namespace = 'ns'): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    ...(spec && { spec }),
  });
  const services = [
    service('my-db', {
      clusterIP: '10.96.0.7',
      ports: [
        { name: 'sql', port: 5432 },
        { name: 'x-y', port: 53, protocol: 'UDP' },
      ],
    }),
    service('headless', { clusterIP: 'None', ports: [{ port: 1 }] }),
    service('elsewhere', { clusterIP: '10.96.0.8', ports: [{ port: 1 }] }, 'other'),
  ];
  it('are those of docker links, for each Service with an address', () => {
    assert.deepEqual(Object.fromEntries(serviceEnv(services, 'ns')), {
      MY_DB_SERVICE_HOST: '10.96.0.7',
      MY_DB_SERVICE_PORT: '5432',
      MY_DB_SERVICE_PORT_SQL: '5432',
      MY_DB_SERVICE_PORT_X_Y: '53',
      MY_DB_PORT: 'tcp://10.96.0.7:5432',
      MY_DB_PORT_5432_TCP: 'tcp://10.96.0.7:5432',
      MY_DB_PORT_5432_TCP_PROTO: 'tcp',
      MY_DB_PORT_5432_TCP_PORT: '5432',
      MY_DB_PORT_5432_TCP_ADDR: '10.96.0.7',
      MY_DB_PORT_53_UDP: 'udp://10.96.0.7:53',
      MY_DB_PORT_53_UDP_PROTO: 'udp',
      MY_DB_PORT_53_UDP_PORT: '53',
      MY_DB_PORT_53_UDP_ADDR: '10.96.0.7',
    });
  });
  it('none when the pod doesn’t want them', () => assert.deepEqual(serviceEnv(services, 'ns', false), new Map()));
});
