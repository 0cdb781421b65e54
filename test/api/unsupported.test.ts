import assert from 'node:assert/strict';
import type { KubeObject } from '../../src/api/objects.ts';
import { noEffect, unsupportedFields } from '../../src/api/unsupported.ts';

const pod = (container: Record<string, unknown>, spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'a', image: 'b', ...container }], ...spec },
});
const at = 'spec.containers[0]';

const refused: { name: string; object: KubeObject; want: string[] }[] = [
  {
    name: 'an nfs volume',
    object: pod(
      {},
      {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', nfs: {} },
        ],
      },
    ),
    want: ['spec.volumes[1].nfs'],
  },
  { name: 'a UDP host port', object: pod({ ports: [{ containerPort: 1, hostPort: 1, protocol: 'UDP' }] }), want: [`${at}.ports[0]`] },
  {
    name: 'a GPU',
    object: pod({ resources: { limits: { 'nvidia.com/gpu': 1, cpu: 1 } } }),
    want: [`${at}.resources.limits[nvidia.com/gpu]`],
  },
  { name: 'hostPID', object: pod({}, { hostPID: true, hostIPC: false }), want: ['spec.hostPID'] },
  {
    name: 'a profile of the machine',
    object: pod({ securityContext: { seccompProfile: { type: 'Localhost' } } }),
    want: [`${at}.securityContext.seccompProfile.type`],
  },
  { name: 'a user namespace of its own', object: pod({}, { hostUsers: false }), want: ['spec.hostUsers'] },
  { name: 'stdin for one client', object: pod({ stdin: true, stdinOnce: true }), want: [`${at}.stdinOnce`] },
  {
    name: 'all containers anew',
    object: pod({ restartPolicyRules: [{ action: 'Restart' }, { action: 'RestartAllContainers' }] }),
    want: [`${at}.restartPolicyRules[1].action`],
  },
  {
    name: 'in a template',
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { template: { spec: { containers: [], volumes: [{ name: 'a', csi: {} }] } } },
    },
    want: ['spec.template.spec.volumes[0].csi'],
  },
];

/** Everything that is run: nothing here may be refused, nor be told to have no effect. */
const run = pod(
  {
    command: ['a'],
    env: [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    ],
    envFrom: [{ prefix: 'P_', configMapRef: { name: 'c' } }],
    livenessProbe: { exec: { command: ['a'] } },
    readinessProbe: { httpGet: { port: 80 } },
    startupProbe: { tcpSocket: { port: 80 } },
    lifecycle: { postStart: { exec: { command: ['a'] } }, preStop: { sleep: { seconds: 1 } } },
    ports: [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, protocol: 'UDP' },
    ],
    resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { 'ephemeral-storage': '1Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
      privileged: true,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    stdin: true,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    tty: true,
    volumeMounts: [{ name: 'a', mountPath: '/a', subPath: 'b', readOnly: true, mountPropagation: 'None' }],
  },
  {
    activeDeadlineSeconds: 5,
    automountServiceAccountToken: false,
    dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    dnsPolicy: 'None',
    enableServiceLinks: false,
    hostAliases: [{ ip: '1.2.3.4', hostnames: ['a'] }],
    hostname: 'a',
    hostNetwork: true,
    hostUsers: true,
    initContainers: [{ name: 'i', image: 'b' }],
    readinessGates: [{ conditionType: 'a' }],
    restartPolicy: 'OnFailure',
    securityContext: { fsGroup: 1, supplementalGroups: [2], supplementalGroupsPolicy: 'Merge' },
    serviceAccountName: 'default',
    setHostnameAsFQDN: true,
    shareProcessNamespace: true,
    subdomain: 's',
    volumes: [
      { name: 'a', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
      { name: 'b', hostPath: { path: '/x' } },
      { name: 'c', configMap: { name: 'c' } },
      { name: 'd', secret: { secretName: 'd' } },
      { name: 'e', persistentVolumeClaim: { claimName: 'e' } },
    ],
  },
);

describe('fields that are not run', () => {
  for (const row of refused)
    it(row.name, () =>
      assert.deepEqual(
        unsupportedFields(row.object).map((f) => f.field),
        row.want,
      ),
    );
  it('everything that is run', () => assert.deepEqual(unsupportedFields(run), []));
  it('says what is missing', () =>
    assert.deepEqual(unsupportedFields(pod({}, { volumes: [{ name: 'b', nfs: {} }] })), [
      { reason: 'UnsupportedField', field: 'spec.volumes[0].nfs', message: 'nfs volumes are not run yet' },
    ]));
});

describe('fields without effect', () => {
  it('everything that is run has one, but for resources', () => {
    const message = 'not enforced yet: containers are not put into cgroups';
    const wanted = ['limits', 'requests'].map((list) => ({ field: `spec.containers[0].resources.${list}`, message }));
    assert.deepEqual(noEffect(run), wanted);
  });
  it('a Service is stored only', () =>
    assert.deepEqual(noEffect({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }), [
      { field: 'spec', message: 'stored, but not routed yet: pods are reached by their own names and addresses' },
    ]));
  it('service accounts and the size of a directory have none', () => {
    const message = 'there are no service accounts here';
    const volumes = [
      { name: 'a', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'b', emptyDir: {} },
    ];
    assert.deepEqual(noEffect(pod({}, { automountServiceAccountToken: true, serviceAccountName: 's', volumes })), [
      { field: 'spec.volumes[0].emptyDir.sizeLimit', message: 'not limited on disk' },
      { field: 'spec.automountServiceAccountToken', message },
      { field: 'spec.serviceAccountName', message },
    ]);
  });
  it('scheduling has none', () =>
    assert.deepEqual(
      noEffect(pod({}, { nodeSelector: { a: 'b' }, tolerations: [], affinity: { nodeAffinity: {} }, schedulerName: 'default-scheduler' })),
      ['affinity', 'nodeSelector'].map((field) => ({ field: `spec.${field}`, message: 'there is one machine: all pods run on it' })),
    ));
});
