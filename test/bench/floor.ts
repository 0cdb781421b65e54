/**
 * What the kernel and the runtime cost: an overlay mount and `crun run -d` of two containers for a pod, fed by four shells, in a user
 * namespace. No conmon, no addresses, no store.
 */
import { asUser, type ScratchHome } from '../live/harness.ts';
import { Driver } from './driver.ts';
import { MANY, type Manifest } from './manifests.ts';
import type { Side } from './side.ts';

export interface FloorOptions {
  home: ScratchHome;
  /** The image's files, and a directory for ours. */
  rootfs: string;
  directory: string;
  output: string;
  /** What the start of any program of ours costs. */
  node: string;
}

const caps = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_SETGID', 'CAP_SETUID'];
const mounts = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
  { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'] },
  { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'] },
];

const config = (root: string, args: string[], namespaces: { type: string; path?: string }[]) =>
  JSON.stringify({
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: ['PATH=/bin'],
      cwd: '/',
      noNewPrivileges: true,
      capabilities: { bounding: caps, effective: caps, permitted: caps },
    },
    root: { path: root },
    mounts,
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }, ...namespaces],
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  });

const shared = ['network', 'ipc', 'uts'];
const sleeps = ['/bin/sleep', '1000000'];

/** @INFRA@ becomes the pid of the pod's first container. */
const ofInfra = shared.map((type) => ({ type, path: `/proc/@INFRA@/ns/${type === 'network' ? 'net' : type}` }));

const functions = (rootfs: string): string => `
run() { "$crun" --root "$D/t/crun" --cgroup-manager=disabled run -d --no-new-keyring --bundle "$D/$1" --pid-file "$D/$1/pid" "$2" </dev/null >/dev/null 2>t/err || { cat t/err; return 1; }; }
# POD CONTAINERS: everything before the configuration lies there already
app() { mount -n -i -t overlay overlay -o "lowerdir=${rootfs},upperdir=t/$1/$2/up,workdir=t/$1/$2/work,userxattr" "t/$1/$2/root" && run "t/$1/$2" "$1-$2"; }
infra() {
  mkdir -p t/$1/infra && printf %s "$INFRA" >t/$1/infra/config.json && run t/$1/infra $1-infra || return
  # crun writes no newline
  read -r pid <t/$1/infra/pid || [ -n "$pid" ]
}
dirs() {
  mkdir -p t/$1/$2/up t/$1/$2/work t/$1/$2/root
  printf %s "$APP1$pid$APP2$pid$APP3$pid$APP4" >t/$1/$2/config.json
}
pod() {
  pod=$1; infra $pod || return
  i=0; while [ $i -lt $2 ]; do dirs $pod $i && app $pod $i || return; i=$((i + 1)); done
}
one() { pod $1 1; }
# COMMAND: four shells do it with every fourth number below $2 each; what fails is said and counts
spread() {
  rm -f t/failed
  for shell in 0 1 2 3; do
    (n=$shell; while [ $n -lt $2 ]; do "$1" $n || { echo "$1 $n" >t/failed; exit; }; n=$((n + 4)); done) &
  done
  wait
  [ ! -e t/failed ]
}
of_ten() { dirs ten $1 && app ten $1; }
ten() { infra ten && spread of_ten 10; }
of_many() { one many-$1; }
many() { spread of_many ${MANY}; }
# all of a file at once: kill, unmount, remove
down() {
  pids=; roots=
  for pod in t/$1 t/$1-*; do
    for c in $pod/*; do
      [ -e $c/pid ] || continue
      read -r pid <$c/pid; pids="$pids $pid"
      [ ! -e $c/root ] || roots="$roots $c/root"
    done
  done
  kill -9 $pids && umount -n -l $roots && rm -rf t/$1 t/$1-* t/crun/$1-*
}`;

export class Floor implements Side {
  readonly name = 'floor';
  readonly #driver: Driver;
  readonly #options: FloorOptions;

  private constructor(options: FloorOptions, driver: Driver) {
    this.#options = options;
    this.#driver = driver;
  }

  static async start(options: FloorOptions): Promise<Floor> {
    const { home, rootfs, directory, output } = options;
    const [a = '', b = '', c = '', d = ''] = config('root', sleeps, ofInfra).split('@INFRA@');
    const infra = config(
      rootfs,
      sleeps,
      shared.map((type) => ({ type })),
    );
    const driver = new Driver({
      prefix: [...asUser(home.user), 'unshare', '--user', '--map-root-user', '--map-auto', '--mount', '--propagation=slave'],
      env: { ...home.env, INFRA: infra, APP1: a, APP2: b, APP3: c, APP4: d },
      output,
      functions: functions(rootfs),
    });
    try {
      await driver.shell(`cd ${directory} && mkdir t && mount -n -t tmpfs tmpfs t && mkdir t/crun && D=$PWD && crun=$(command -v crun)`);
      await driver.shell(
        'if [ -e /sys/fs/cgroup/unified/cgroup.procs ] && [ ! -e /sys/fs/cgroup/cgroup.procs ]; then mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup; fi',
      );
    } catch (error) {
      driver.close();
      throw error;
    }
    return new Floor(options, driver);
  }

  play(manifest: Manifest) {
    return this.#driver.shell(manifest === 'ten' || manifest === 'many' ? manifest : `one ${manifest}`);
  }
  down(manifest: Manifest) {
    return this.#driver.shell(`down ${manifest}`);
  }
  ps() {
    return this.#driver.time([this.#options.node, '-e', '0']);
  }
  exec() {
    return this.#driver.shell('"$crun" --root "$D/t/crun" --cgroup-manager=disabled exec base-0 true');
  }
  async settle() {}
  async gone() {}

  async versions() {
    const [crun = ''] = (await this.#driver.text(['crun', '--version'])).split('\n');
    return { crun };
  }

  async close(): Promise<void> {
    const rest =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
      'for state in t/crun/*; do [ ! -d "$state" ] || "$crun" --root "$D/t/crun" --cgroup-manager=disabled delete -f "${state##*/}"; done';
    await this.#driver.shell(rest).catch(() => undefined);
    this.#driver.close();
  }
}
