import assert from 'node:assert/strict';
import type { VolumeMount } from '../../../src/api/objects.ts';
import { containerBinds, subPathOf } from '../../../src/kubelet/volumes/binds.ts';

const volumes = new Map([
  ['e', { path: '/d/e', readOnly: false }],
  ['c', { path: '/d/c', readOnly: true }],
]);
const binds = (...volumeMounts: VolumeMount[]) =>
  containerBinds({
    container: { name: 'web', volumeMounts },
    podUid: 'u1',
    volumes,
    env: [],
    paths: { pods: '/d/pods', volumes: '/d/volumes', secrets: '/r' },
    shell: { job: () => Promise.reject(new Error('no mount is needed')) },
  });

describe('mounts of a container', () => {
  it('in order; API objects are read-only', async () => {
    assert.deepEqual(
      await binds(
        { name: 'e', mountPath: '/a' },
        { name: 'c', mountPath: '/b' },
        { name: 'e', mountPath: '/c', readOnly: true, recursiveReadOnly: 'IfPossible', mountPropagation: 'HostToContainer' },
      ),
      [
        { source: '/d/e', destination: '/a' },
        { source: '/d/c', destination: '/b', readOnly: true },
        { source: '/d/e', destination: '/c', readOnly: true, recursiveReadOnly: true, propagation: 'HostToContainer' },
      ],
    );
  });
  it('a volume that is not there', async () => {
    assert.deepEqual(await binds({ name: 'x', mountPath: '/a' }), {
      reason: 'CreateContainerConfigError',
      message: 'cannot find volume "x" to mount into container "web"',
    });
  });

  const env = new Map([
    ['NAME', 'p'],
    ['EMPTY', ''],
    ['ABS', '/x'],
  ]);
  const rows: { expr: string; want: { subPath: string } | { fault: string } }[] = [
    { expr: 'logs/$(NAME)', want: { subPath: 'logs/p' } },
    { expr: '$$(NAME)', want: { subPath: '$(NAME)' } },
    { expr: '$$(EMPTY)', want: { subPath: '$(EMPTY)' } },
    { expr: '$(NONE)', want: { fault: 'missing value for "NONE"' } },
    { expr: 'a/$(EMPTY)', want: { fault: 'missing value for "EMPTY"' } },
    { expr: '$(ABS)', want: { fault: 'error SubPath `/x` must not be an absolute path' } },
  ];
  for (const { expr, want } of rows)
    it(`subPathExpr ${expr}`, () => assert.deepEqual(subPathOf({ name: 'e', mountPath: '/a', subPathExpr: expr }, env), want));
});
