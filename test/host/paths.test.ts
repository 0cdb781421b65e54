import assert from 'node:assert/strict';
import { LONGEST_RUN, resolvePaths, withRun } from '../../src/host/paths.ts';

const HOME = { HOME: '/home/ada' };
const rows: { name: string; env: NodeJS.ProcessEnv; uid: number; recorded?: { run: string }; userDir?: boolean; want: string[] }[] = [
  {
    name: 'a user with XDG_RUNTIME_DIR',
    env: { ...HOME, XDG_RUNTIME_DIR: '/run/user/1000' },
    uid: 1000,
    want: ['/home/ada/.local/share/podstead', '/run/user/1000/podstead', '/home/ada/.local/state/podstead', '/home/ada/.config/podstead'],
  },
  {
    name: 'without it, but with /run/user/UID',
    env: HOME,
    uid: 1000,
    userDir: true,
    want: ['/home/ada/.local/share/podstead', '/run/user/1000/podstead', '/home/ada/.local/state/podstead', '/home/ada/.config/podstead'],
  },
  {
    name: 'with neither',
    env: HOME,
    uid: 1000,
    want: ['/home/ada/.local/share/podstead', '/tmp/podstead-1000', '/home/ada/.local/state/podstead', '/home/ada/.config/podstead'],
  },
  {
    name: 'a relative XDG variable counts as not set',
    env: { ...HOME, XDG_DATA_HOME: 'data', XDG_RUNTIME_DIR: 'run' },
    uid: 1000,
    want: ['/home/ada/.local/share/podstead', '/tmp/podstead-1000', '/home/ada/.local/state/podstead', '/home/ada/.config/podstead'],
  },
  {
    name: 'root',
    env: { HOME: '/root' },
    uid: 0,
    want: ['/var/lib/podstead', '/run/podstead', '/var/lib/podstead/state', '/etc/podstead'],
  },
  {
    name: 'root with the XDG variables',
    env: { HOME: '/root', XDG_DATA_HOME: '/d', XDG_RUNTIME_DIR: '/r', XDG_STATE_HOME: '/s', XDG_CONFIG_HOME: '/c' },
    uid: 0,
    want: ['/d/podstead', '/r/podstead', '/s/podstead', '/c/podstead'],
  },
  {
    name: 'the recorded runtime directory wins',
    env: { ...HOME, XDG_RUNTIME_DIR: '/run/user/1000' },
    uid: 1000,
    recorded: { run: '/tmp/podstead-1000' },
    want: ['/home/ada/.local/share/podstead', '/tmp/podstead-1000', '/home/ada/.local/state/podstead', '/home/ada/.config/podstead'],
  },
];

describe('paths', () => {
  for (const row of rows)
    it(row.name, () => {
      const { data, run, state, config } = resolvePaths(row.env, row.uid, row.recorded, () => row.userDir === true);
      assert.deepEqual([data, run, state, config], row.want);
    });

  it('all of them', () => {
    assert.deepEqual(
      withRun(
        resolvePaths({ HOME: '/h' }, 7, undefined, () => false),
        '/r',
      ),
      {
        uid: 7,
        data: '/h/.local/share/podstead',
        run: '/r',
        state: '/h/.local/state/podstead',
        config: '/h/.config/podstead',
        store: '/h/.local/share/podstead/store.db',
        hostFile: '/h/.local/share/podstead/host.json',
        stopMark: '/h/.local/share/podstead/stopped',
        holderLock: '/h/.local/share/podstead/holder.lock',
        engineLock: '/h/.local/share/podstead/engine.lock',
        images: '/h/.local/share/podstead/images',
        volumes: '/h/.local/share/podstead/volumes',
        pods: '/h/.local/share/podstead/pods',
        engineLog: '/h/.local/state/podstead/engine.log',
        imagesRun: '/r/images',
        wake: '/r/wake',
        socket: '/r/engine.sock',
        holderPid: '/r/holder.pid',
        due: '/r/due',
        netns: '/r/netns/node',
        owner: '/r/owner',
        exits: '/r/exits',
        conmonSockets: '/r/s',
        holderEnv: '/r/holder.env',
        net: '/r/net',
        crun: '/r/ro/crun',
        tmp: '/r/t',
        crunRoot: '/r/t/crun',
        bundles: '/r/t/c',
        secrets: '/r/t/v',
        marks: '/r/t/m',
      },
    );
  });

  it('the longest runtime directory leaves room for an attach socket', () => {
    assert.equal('x'.repeat(LONGEST_RUN).length + `/s/${'0'.repeat(32)}/attach`.length, 107);
  });
});
