import assert from 'node:assert/strict';
import {
  type Argv,
  type BuildahSetup,
  buildArgv,
  buildahEnv,
  pullArgv,
  pushArgv,
  rmiArgv,
  storageConf,
  tagArgv,
} from '../../src/images/buildah.ts';

const setup: BuildahSetup = {
  buildah: '/bin/buildah',
  unshare: '/bin/unshare',
  images: '/d/images',
  imagesRun: '/r/images',
  storageConf: '/r/storage.conf',
  uid: 7,
};
const START = [
  '/bin/unshare',
  '--mount',
  '--propagation',
  'private',
  '/bin/buildah',
  '--root',
  '/d/images',
  '--runroot',
  '/r/images',
  '--storage-driver',
  'overlay',
];
const PULL = ['pull', '--policy', 'always', '--retry', '1', '--retry-delay', '100ms'];
const policy = { ...setup, policy: '/p.json' };

describe('buildah', () => {
  const rows: { name: string; argv: Argv; want: string[] }[] = [
    { name: 'pull', argv: pullArgv(setup, 'nginx'), want: [...PULL, 'docker://docker.io/library/nginx:latest'] },
    {
      name: 'pull from this machine, with everything',
      argv: pullArgv(policy, '127.0.0.1:5000/a:1', { authFile: '/a' }),
      want: [...PULL, '--signature-policy', '/p.json', '--tls-verify=false', '--authfile', '/a', 'docker://127.0.0.1:5000/a:1'],
    },
    {
      name: 'pull from this machine, verified',
      argv: pullArgv(setup, 'localhost:5000/a:1', { tlsVerify: true }),
      want: [...PULL, 'docker://localhost:5000/a:1'],
    },
    {
      name: 'push',
      argv: pushArgv(setup, 'localhost/a:1', 'reg.example/a'),
      want: ['push', 'localhost/a:1', 'docker://reg.example/a:latest'],
    },
    { name: 'tag', argv: tagArgv(setup, 'a', 'b'), want: ['tag', 'a', 'b'] },
    { name: 'rmi', argv: rmiArgv(setup, 'a'), want: ['rmi', 'a'] },
    { name: 'rmi by force', argv: rmiArgv(setup, 'a', true), want: ['rmi', '--force', 'a'] },
    { name: 'build', argv: buildArgv(setup, { context: '/c', tags: [] }), want: ['build', '--layers', '--pull=false', '/c'] },
    {
      name: 'build with everything',
      argv: buildArgv(policy, {
        context: '/c',
        file: '/c/F',
        tags: ['a', 'b'],
        buildArgs: ['X=1', 'Y'],
        labels: ['l=1'],
        target: 't',
        platform: 'linux/arm64',
        noCache: true,
        pull: 'newer',
        quiet: true,
        idFile: '/i',
      }),
      want: [
        'build',
        ...['--signature-policy', '/p.json', '--tag', 'a', '--tag', 'b', '--file', '/c/F', '--build-arg', 'X=1', '--build-arg', 'Y'],
        ...[
          '--label',
          'l=1',
          '--target',
          't',
          '--platform',
          'linux/arm64',
          '--layers',
          '--no-cache',
          '--pull=true',
          '--quiet',
          '--iidfile',
          '/i',
          '/c',
        ],
      ],
    },
  ];
  for (const { name, argv, want } of rows) it(name, () => assert.deepEqual(argv, [...START, ...want]));

  it('a name that is none is refused', () => assert.throws(() => pullArgv(setup, 'A B'), { code: 'IMAGE_NAME' }));

  it('the environment: the user\u2019s, but nothing that would make another store', () => {
    const env = {
      PATH: '/bin',
      HOME: '/h',
      https_proxy: 'p',
      REGISTRY_AUTH_FILE: '/a',
      STORAGE_DRIVER: 'vfs',
      STORAGE_OPTS: 'x',
      CONTAINERS_STORAGE_CONF: '/their.conf',
      _CONTAINERS_ROOTLESS_UID: '0',
      BUILDAH_ISOLATION: 'oci',
      XDG_DATA_HOME: '/x',
    };
    assert.deepEqual(buildahEnv(setup, env), {
      PATH: '/bin',
      HOME: '/h',
      https_proxy: 'p',
      REGISTRY_AUTH_FILE: '/a',
      CONTAINERS_STORAGE_CONF: '/r/storage.conf',
      _CONTAINERS_USERNS_CONFIGURED: 'done',
      _CONTAINERS_ROOTLESS_UID: '7',
      BUILDAH_ISOLATION: 'chroot',
    });
  });

  it('storage.conf', () => {
    assert.equal(
      storageConf({ images: '/d "x"', imagesRun: '/r' }),
      '[storage]\ndriver = "overlay"\ngraphroot = "/d \\"x\\""\nrunroot = "/r"\n',
    );
  });
});
