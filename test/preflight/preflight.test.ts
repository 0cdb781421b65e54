import assert from 'node:assert/strict';
import type { KubeObject, PodSpec } from '../../src/api/objects.ts';
import { preflight } from '../../src/preflight/preflight.ts';
import type { World } from '../../src/preflight/world.ts';

interface Scenario {
  spec: PodSpec;
  /** Further objects of the manifest. */
  more: KubeObject[];
  /** 0: a Pod; otherwise a Deployment of so many. */
  replicas: number;
  publish?: string;
  world: World & { stored: KubeObject[]; held: { hostIp: string; hostPort: number; protocol: 'TCP'; holder: string }[] };
}

const object = (kind: string, name: string, rest: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: kind === 'Deployment' || kind === 'ReplicaSet' ? 'apps/v1' : 'v1',
  kind,
  metadata: { name, namespace: 'default', ...metadata },
  ...rest,
});

const healthy = (): Scenario => ({
  spec: {
    containers: [
      {
        name: 'c',
        image: 'nginx:1',
        ports: [{ containerPort: 80, hostPort: 8080 }],
        envFrom: [{ configMapRef: { name: 'settings' } }],
        env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'keys', key: 'password' } } }],
      },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'logs', hostPath: { path: '/srv/logs', type: 'Directory' } },
    ],
  },
  more: [object('ConfigMap', 'settings', { data: { mode: 'fast' } })],
  replicas: 0,
  world: {
    stored: [object('Secret', 'keys', { data: { password: 'eA==' } }), object('PersistentVolumeClaim', 'data')],
    image: (reference) => ({ present: reference === 'nginx:1', local: reference.startsWith('localhost/') }),
    held: [],
    unprivilegedPortStart: 1024,
    hostAddresses: new Set(['127.0.0.1', '192.168.1.5']),
    paths: new Map([['/srv/logs', 'directory']]),
    capacity: 250,
    range: '10.9.0.0/24',
    canPublish: true,
  },
});

const subject = (s: Scenario): KubeObject => {
  const annotations = s.publish === undefined ? {} : { annotations: { 'podstead.dev/publish': s.publish } };
  if (s.replicas === 0) return object('Pod', 'web', { spec: s.spec }, annotations);
  return object('Deployment', 'web', { spec: { replicas: s.replicas, template: { metadata: annotations, spec: s.spec } } });
};

const container = (s: Scenario) => s.spec.containers[0] ?? assert.fail();
const runningPod = (name: string, hostPort: number, metadata: object = {}): KubeObject =>
  object(
    'Pod',
    name,
    { spec: { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort }] }] }, status: { phase: 'Running' } },
    metadata,
  );
const PORT = 'spec.containers[0].ports[0].hostPort';
const IMAGE = 'spec.containers[0].image';

const rows: { name: string; change: (s: Scenario) => void; want: string[] }[] = [
  { name: 'all is there', change: () => {}, want: [] },
  {
    name: 'an image name that is none',
    change: (s) => {
      s.world.image = () => ({ invalid: 'upper case', present: false, local: false });
    },
    want: [`pod/web ${IMAGE}: "nginx:1" is not an image name: upper case`],
  },
  {
    name: 'an image that is not here may be pulled',
    change: (s) => {
      container(s).image = 'redis:7';
    },
    want: [],
  },
  {
    name: 'an image that is not here, with policy Never',
    change: (s) => Object.assign(container(s), { image: 'redis:7', imagePullPolicy: 'Never' }),
    want: [`pod/web ${IMAGE}: "redis:7" is not here, and imagePullPolicy is Never (podstead pull redis:7 gets it)`],
  },
  {
    name: 'a localhost image that is not here',
    change: (s) => {
      container(s).image = 'localhost/app:1';
    },
    want: [
      `pod/web ${IMAGE}: "localhost/app:1" is not here, and localhost/ images are never pulled (podstead build -t localhost/app:1 makes it)`,
    ],
  },
  {
    name: 'a ConfigMap that is nowhere',
    change: (s) => {
      s.more = [];
    },
    want: ['pod/web spec.containers[0].envFrom[0].configMapRef: there is no ConfigMap "settings" in namespace "default"'],
  },
  {
    name: 'an optional one may be missing',
    change: (s) => {
      s.more = [];
      container(s).envFrom = [{ configMapRef: { name: 'settings', optional: true } }];
    },
    want: [],
  },
  {
    name: 'one of another namespace is none',
    change: (s) => {
      s.more = [object('ConfigMap', 'settings', {}, { namespace: 'other' })];
    },
    want: ['pod/web spec.containers[0].envFrom[0].configMapRef: there is no ConfigMap "settings" in namespace "default"'],
  },
  {
    name: 'a key that is missing',
    change: (s) => {
      s.world.stored[0] = object('Secret', 'keys', { data: { user: 'eA==' } });
    },
    want: ['pod/web spec.containers[0].env[0].valueFrom.secretKeyRef.key: Secret "keys" has no key "password"'],
  },
  {
    name: 'stringData and binaryData count',
    change: (s) => {
      s.world.stored[0] = object('Secret', 'keys', { stringData: { password: 'x' } });
    },
    want: [],
  },
  {
    name: 'keys of volumes, projected ones too',
    change: (s) => {
      s.spec.volumes = [
        {
          name: 'a',
          configMap: {
            name: 'settings',
            items: [
              { key: 'mode', path: 'm' },
              { key: 'nope', path: 'n' },
            ],
          },
        },
        {
          name: 'b',
          projected: { sources: [{ secret: { name: 'gone' } }, { secret: { name: 'keys', items: [{ key: 'nope', path: 'n' }] } }] },
        },
        { name: 'c', secret: { secretName: 'gone' } },
      ];
    },
    want: [
      'pod/web spec.volumes[0].configMap.items[1].key: ConfigMap "settings" has no key "nope"',
      'pod/web spec.volumes[1].projected.sources[0].secret: there is no Secret "gone" in namespace "default"',
      'pod/web spec.volumes[1].projected.sources[1].secret.items[0].key: Secret "keys" has no key "nope"',
      'pod/web spec.volumes[2].secret: there is no Secret "gone" in namespace "default"',
    ],
  },
  {
    name: 'a claim that is nowhere',
    change: (s) => {
      s.world.stored.pop();
    },
    want: ['pod/web spec.volumes[0].persistentVolumeClaim.claimName: there is no PersistentVolumeClaim "data" in namespace "default"'],
  },
  {
    name: 'a claim that is going away',
    change: (s) => {
      s.world.stored[1] = object('PersistentVolumeClaim', 'data', {}, { deletionTimestamp: 'now' });
    },
    want: ['pod/web spec.volumes[0].persistentVolumeClaim.claimName: PersistentVolumeClaim "data" is being deleted'],
  },
  {
    name: 'a path that is something else',
    change: (s) => {
      s.world.paths = new Map([['/srv/logs', 'file']]);
    },
    want: ['pod/web spec.volumes[1].hostPath.path: /srv/logs is a file, not a directory'],
  },
  {
    name: 'a path that is not there',
    change: (s) => {
      s.world.paths = new Map([['/srv/logs', 'absent']]);
    },
    want: ['pod/web spec.volumes[1].hostPath.path: /srv/logs does not exist'],
  },
  {
    name: 'a path that will be made, or is not looked at',
    change: (s) => {
      s.spec.volumes = ['DirectoryOrCreate', 'FileOrCreate', ''].map((type, i) => ({ name: `v${i}`, hostPath: { path: '/new', type } }));
      s.world.paths = new Map([['/new', 'absent']]);
    },
    want: [],
  },
  {
    name: 'a port that a program has',
    change: (s) => s.world.held.push({ hostIp: '127.0.0.1', hostPort: 8080, protocol: 'TCP', holder: 'nginx (pid 7)' }),
    want: [`pod/web ${PORT}: 0.0.0.0:8080 is in use by nginx (pid 7)`],
  },
  {
    name: 'a port on another address is another port',
    change: (s) => {
      s.world.held.push({ hostIp: '192.168.1.5', hostPort: 8080, protocol: 'TCP', holder: 'nginx (pid 7)' });
      Object.assign(container(s).ports?.[0] ?? {}, { hostIP: '127.0.0.1' });
    },
    want: [],
  },
  {
    name: 'a port that another pod has',
    change: (s) => {
      s.world.stored.push(runningPod('old', 8080, { namespace: 'shop' }));
      s.world.held.push({ hostIp: '0.0.0.0', hostPort: 8080, protocol: 'TCP', holder: 'systemd-socket-proxyd (pid 9)' });
    },
    want: [`pod/web ${PORT}: 0.0.0.0:8080 is taken by pod old of namespace shop`],
  },
  {
    name: 'a port that an ended pod had',
    change: (s) => s.world.stored.push({ ...runningPod('old', 8080), status: { phase: 'Failed' } }),
    want: [],
  },
  {
    name: 'played again: its own port is no obstacle',
    change: (s) => {
      s.world.stored.push(runningPod('web', 8080));
      s.world.held.push({ hostIp: '0.0.0.0', hostPort: 8080, protocol: 'TCP', holder: 'systemd-socket-proxyd (pid 9)' });
    },
    want: [],
  },
  {
    name: 'played again: nor is one of a pod that its Deployment made',
    change: (s) => {
      s.replicas = 1;
      const owner = (kind: string, name: string, uid: string) => ({
        ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
      });
      s.world.stored.push(object('ReplicaSet', 'web-1', {}, { uid: 'rs', ...owner('Deployment', 'web', 'd') }));
      s.world.stored.push(runningPod('web-1-x', 8080, owner('ReplicaSet', 'web-1', 'rs')));
    },
    want: [],
  },
  {
    name: 'two of the manifest want one port',
    change: (s) => s.more.push(runningPod('two', 8080)),
    want: [`pod/two ${PORT}: 0.0.0.0:8080 is also asked for by pod/web of this manifest`],
  },
  {
    name: 'two pods of a Deployment cannot have one port',
    change: (s) => {
      s.replicas = 2;
    },
    want: [`deployment/web spec.template.${PORT}: 0.0.0.0:8080: only one pod can open 0.0.0.0:8080, and replicas is 2`],
  },
  {
    name: 'a rolling update whose new pod would wait for the port of the old one',
    change: (s) => {
      s.replicas = 1;
      const before = healthy();
      before.replicas = 1;
      container(before).image = 'nginx:0';
      const stored = subject(before);
      s.world.stored.push({ ...stored, metadata: { ...stored.metadata, uid: 'd' } });
    },
    want: [
      `deployment/web spec.template.${PORT}: 0.0.0.0:8080: the old pod keeps this port until the new one is ready, which needs it: set strategy.type to Recreate`,
    ],
  },
  {
    name: 'the same Deployment again updates nothing',
    change: (s) => {
      s.replicas = 1;
      const stored = subject(s);
      s.world.stored.push({ ...stored, metadata: { ...stored.metadata, uid: 'd' } });
    },
    want: [],
  },
  {
    name: 'a low port names the sysctl',
    change: (s) => Object.assign(container(s).ports?.[0] ?? {}, { hostPort: 80 }),
    want: [
      `pod/web ${PORT}: 0.0.0.0:80: ports below 1024 are reserved on this machine (use a higher one, or: sudo sysctl net.ipv4.ip_unprivileged_port_start=80)`,
    ],
  },
  {
    name: 'UDP is refused by name',
    change: (s) => Object.assign(container(s).ports?.[0] ?? {}, { protocol: 'UDP' }),
    want: [`pod/web ${PORT}: 0.0.0.0:8080: host ports are opened for TCP only so far, not for UDP`],
  },
  {
    name: 'but not with hostNetwork, where nothing needs opening',
    change: (s) => {
      s.spec.hostNetwork = true;
      Object.assign(container(s).ports?.[0] ?? {}, { protocol: 'UDP' });
    },
    want: [],
  },
  {
    name: 'an address that this machine does not have',
    change: (s) => Object.assign(container(s).ports?.[0] ?? {}, { hostIP: '10.1.1.1' }),
    want: [`pod/web ${PORT}: 10.1.1.1:8080: this machine has no address 10.1.1.1`],
  },
  {
    name: 'nothing is installed to open ports with',
    change: (s) => {
      s.world.canPublish = false;
    },
    want: [`pod/web ${PORT}: 0.0.0.0:8080: nothing is installed that opens host ports (sudo apt-get install systemd, or socat)`],
  },
  {
    name: '--publish counts instead of hostPort',
    change: (s) => {
      s.publish = '127.0.0.1:9000:80/tcp';
      s.world.held.push({ hostIp: '0.0.0.0', hostPort: 9000, protocol: 'TCP', holder: 'x (pid 7)' });
    },
    want: ['pod/web spec.containers[0].ports[0]: 127.0.0.1:9000 is in use by x (pid 7)'],
  },
  {
    name: 'more pods than addresses',
    change: (s) => {
      s.replicas = 251;
      container(s).ports = [];
    },
    want: ['deployment/web spec.replicas: 251 pods in all, but 10.9.0.0/24 has addresses for 250 (PODSTEAD_POD_CIDR sets another range)'],
  },
  {
    name: 'several faults come in one run',
    change: (s) => {
      s.more = [];
      s.world.paths = new Map([['/srv/logs', 'absent']]);
    },
    want: [
      'pod/web spec.containers[0].envFrom[0].configMapRef: there is no ConfigMap "settings" in namespace "default"',
      'pod/web spec.volumes[1].hostPath.path: /srv/logs does not exist',
    ],
  },
];

describe('preflight', () => {
  for (const row of rows)
    it(row.name, () => {
      const s = healthy();
      row.change(s);
      const findings = preflight([subject(s), ...s.more], s.world);
      assert.deepEqual(
        findings.map((f) => `${f.object} ${f.field}: ${f.message}`),
        row.want,
      );
      for (const f of findings) assert.equal(f.reason, 'Preflight');
    });
});
