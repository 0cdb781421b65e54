import assert from 'node:assert/strict';
import { withDefaults } from '../../src/api/defaults.ts';
import type { KubeObject } from '../../src/api/objects.ts';

const defaultContainer = {
  name: 'a',
  image: 'nginx:1.27',
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  resources: {},
};
const templateSpec = {
  containers: [defaultContainer],
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
  securityContext: {},
};
const toleration = (condition: string) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
});
const podSpec = {
  ...templateSpec,
  enableServiceLinks: true,
  serviceAccountName: 'default',
  serviceAccount: 'default',
  priority: 0,
  preemptionPolicy: 'PreemptLowerPriority',
  tolerations: [toleration('not-ready'), toleration('unreachable')],
};
const container = { name: 'a', image: 'nginx:1.27' };
const pod = (extra: Record<string, unknown> = {}, spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ ...container, ...extra }], ...spec },
});
const wantPod = (extra: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { ...podSpec, containers: [{ ...defaultContainer, ...extra }], ...spec },
});
const probeDefaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

const rows: { name: string; object: KubeObject; want: unknown }[] = [
  { name: 'a pod', object: pod(), want: wantPod() },
  {
    name: 'nulls, empty lists and zeros that mean "not set" are gone',
    object: pod({ command: [], tty: false, workingDir: '', resources: null }, { volumes: null, hostNetwork: false }),
    want: wantPod(),
  },
  {
    name: 'zeros that mean zero stay',
    object: pod({ securityContext: { runAsUser: 0, privileged: false } }, { terminationGracePeriodSeconds: 0 }),
    want: wantPod({ securityContext: { runAsUser: 0, privileged: false } }, { terminationGracePeriodSeconds: 0 }),
  },
  {
    name: 'latest is always pulled',
    object: pod({ image: 'nginx:latest' }),
    want: wantPod({ image: 'nginx:latest', imagePullPolicy: 'Always' }),
  },
  {
    name: 'a port is no tag',
    object: pod({ image: 'reg:5000/nginx' }),
    want: wantPod({ image: 'reg:5000/nginx', imagePullPolicy: 'Always' }),
  },
  {
    name: 'a digest is not pulled again',
    object: pod({ image: `nginx@sha256:${'a'.repeat(64)}` }),
    want: wantPod({ image: `nginx@sha256:${'a'.repeat(64)}` }),
  },
  {
    name: 'probes and ports',
    object: pod({
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { tcpSocket: { port: 'web' }, periodSeconds: 0 },
      ports: [{ containerPort: 80 }],
    }),
    want: wantPod({
      livenessProbe: { httpGet: { port: 80, path: '/', scheme: 'HTTP' }, ...probeDefaults },
      readinessProbe: { tcpSocket: { port: 'web' }, ...probeDefaults },
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    }),
  },
  {
    name: 'requests follow limits',
    object: pod({ resources: { limits: { cpu: 1, memory: '64Mi' }, requests: { cpu: 0.5 } } }),
    want: wantPod({ resources: { limits: { cpu: '1', memory: '64Mi' }, requests: { cpu: '500m', memory: '64Mi' } } }),
  },
  {
    name: 'hostNetwork takes its container ports',
    object: pod({ ports: [{ containerPort: 80 }] }, { hostNetwork: true }),
    want: wantPod({ ports: [{ containerPort: 80, protocol: 'TCP', hostPort: 80 }] }, { hostNetwork: true }),
  },
  {
    name: 'volumes',
    object: pod({}, { volumes: [{ name: 'a' }, { name: 'b', configMap: { name: 'c' } }, { name: 'd', hostPath: { path: '/x' } }] }),
    want: wantPod(
      {},
      {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', configMap: { name: 'c', defaultMode: 420 } },
          { name: 'd', hostPath: { path: '/x', type: '' } },
        ],
      },
    ),
  },
  {
    name: 'a Deployment: pods get their requests and service account later',
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'n' },
      spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } } },
    },
    want: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'n' },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: templateSpec },
      },
    },
  },
  {
    name: 'a Secret: stringData joins data',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'YQ==', b: 'Yg==' }, stringData: { b: 'B', c: 'ü' } },
    want: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default' },
      type: 'Opaque',
      data: { a: 'YQ==', b: 'Qg==', c: 'w7w=' },
    },
  },
  {
    name: 'a ConfigMap: a null value is an empty one',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: null, b: 'x' } },
    want: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' }, data: { a: '', b: 'x' } },
  },
  {
    name: 'a Namespace',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } },
    want: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'n', labels: { 'kubernetes.io/metadata.name': 'n' } },
      spec: { finalizers: ['kubernetes'] },
    },
  },
  {
    name: 'a claim',
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
    },
    want: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c', namespace: 'default', finalizers: ['kubernetes.io/pvc-protection'] },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeMode: 'Filesystem' },
    },
  },
  {
    name: 'a Service',
    object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { selector: { a: 'b' }, ports: [{ port: 80 }] } },
    want: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'default' },
      spec: {
        type: 'ClusterIP',
        selector: { a: 'b' },
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      },
    },
  },
];

describe('defaults', () => {
  for (const row of rows)
    it(row.name, () => {
      const before = structuredClone(row.object);
      assert.deepEqual(withDefaults(row.object), row.want);
      assert.deepEqual(row.object, before, 'the object itself is not changed');
    });

  it('a frozen object can be defaulted', () => {
    const object = pod();
    Object.freeze(object);
    Object.freeze(object.metadata);
    assert.deepEqual(withDefaults(object), wantPod());
  });
});
