import assert from 'node:assert/strict';
import type { Container, PodSpec } from '../../src/api/objects.ts';
import { checkNonRoot, type EffectiveSecurity, effectiveSecurity } from '../../src/runtime/security.ts';

const plain = (): EffectiveSecurity => ({
  privileged: false,
  readOnlyRoot: false,
  capabilities: { add: [], drop: [] },
  unmasked: false,
  runAsNonRoot: false,
  groups: [],
  strictGroups: false,
  seccomp: { type: 'RuntimeDefault' },
});

describe('security', () => {
  const rows: { name: string; pod?: PodSpec['securityContext']; own?: Container['securityContext']; want: Partial<EffectiveSecurity> }[] = [
    { name: 'nothing said', want: {} },
    {
      name: 'the pod\u2019s',
      pod: { runAsUser: 1, runAsGroup: 2, runAsNonRoot: true, supplementalGroups: [3, 4], fsGroup: 5, supplementalGroupsPolicy: 'Strict' },
      want: { runAsUser: 1, runAsGroup: 2, runAsNonRoot: true, groups: [3, 4, 5], strictGroups: true },
    },
    {
      name: 'the container\u2019s over the pod\u2019s, field by field, also with 0 and false',
      pod: { runAsUser: 1, runAsGroup: 2, runAsNonRoot: true },
      own: { runAsUser: 0, runAsNonRoot: false },
      want: { runAsUser: 0, runAsGroup: 2, runAsNonRoot: false },
    },
    {
      name: 'what only containers have',
      own: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { add: ['KILL'] }, procMount: 'Unmasked' },
      want: { readOnlyRoot: true, allowPrivilegeEscalation: false, capabilities: { add: ['KILL'], drop: [] }, unmasked: true },
    },
    { name: 'unconfined by the pod', pod: { seccompProfile: { type: 'Unconfined' } }, want: { seccomp: { type: 'Unconfined' } } },
    {
      name: 'a file by the container',
      pod: { seccompProfile: { type: 'Unconfined' } },
      own: { seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' } },
      want: { seccomp: { type: 'Localhost', localhostProfile: 'a/b.json' } },
    },
    {
      name: 'privileged has no profile',
      own: { privileged: true, seccompProfile: { type: 'RuntimeDefault' } },
      want: { privileged: true, seccomp: { type: 'Unconfined' } },
    },
  ];
  for (const { name, pod, own, want } of rows)
    it(name, () => {
      const container: Container = { name: 'c', ...(own ? { securityContext: own } : {}) };
      const spec: PodSpec = { containers: [container], ...(pod ? { securityContext: pod } : {}) };
      assert.deepEqual(effectiveSecurity(spec, container), { ...plain(), ...want });
    });
});

describe('runAsNonRoot', () => {
  const rows: { name: string; security: Partial<EffectiveSecurity>; user: { uid: number } | { name: string }; want?: RegExp }[] = [
    { name: 'not asked for', security: { runAsNonRoot: false }, user: { uid: 0 } },
    { name: 'the image has a number', security: {}, user: { uid: 7 } },
    { name: 'runAsUser counts, not the image', security: { runAsUser: 7 }, user: { name: 'app' } },
    {
      name: 'runAsUser 0',
      security: { runAsUser: 0 },
      user: { uid: 7 },
      want: /^container's runAsUser breaks non-root policy \(container: c\)$/,
    },
    { name: 'the image is root\u2019s', security: {}, user: { uid: 0 }, want: /image will run as root \(container: c\)$/ },
    { name: 'the image has a name', security: {}, user: { name: 'app' }, want: /non-numeric user \(app\), cannot verify user is non-root/ },
  ];
  for (const { name, security, user, want } of rows)
    it(name, () => {
      const check = () => checkNonRoot({ ...plain(), runAsNonRoot: true, ...security }, user, 'c');
      if (want) assert.throws(check, { code: 'CONTAINER_CONFIG', message: want });
      else check();
    });
});
