/** buildah on our own image store: its argument lists and environment. It runs inside our user and mount namespaces. Pure. */
import { formatReference, type ImageReference, parseReference } from './reference.ts';

export { localName } from './reference.ts';

export type Argv = [string, ...string[]];

export interface BuildahSetup {
  buildah: string;
  /** Found in PATH when left out. */
  unshare?: string;
  /** The store, and its runtime directory. */
  images: string;
  imagesRun: string;
  /** Our storage.conf (storageConf). */
  storageConf: string;
  /** policy.json, where the host has none. */
  policy?: string;
  /** More of containers.conf, where the host lacks what buildah asks for (prepareBuildah). */
  containersConf?: string;
  /** The user's own, outside the namespace. */
  uid: number;
}

/** With mounts of its own: buildah leaves some behind, more of them when it is killed. */
const globals = ({ unshare = 'unshare', buildah, images, imagesRun }: BuildahSetup): Argv => [
  unshare,
  '--mount',
  '--propagation',
  'private',
  buildah,
  '--root',
  images,
  '--runroot',
  imagesRun,
  '--storage-driver',
  'overlay',
];

/** What a user's settings for other tools must not reach: another driver would make another store. */
const NOT_PASSED_ON = /^(STORAGE_|CONTAINERS_STORAGE_CONF$|_CONTAINERS_|BUILDAH_(ISOLATION|RUNTIME)$|XDG_DATA_HOME$)/;

/** Everything else of the user's environment counts: proxies, auth files, registries, build arguments. */
export function buildahEnv(setup: Pick<BuildahSetup, 'storageConf' | 'containersConf' | 'uid'>, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(([name]) => !NOT_PASSED_ON.test(name));
  return {
    ...Object.fromEntries(passed),
    CONTAINERS_STORAGE_CONF: setup.storageConf,
    ...(setup.containersConf === undefined ? {} : { CONTAINERS_CONF_OVERRIDE: setup.containersConf }),
    // it is in a user namespace already and must not make another one
    _CONTAINERS_USERNS_CONFIGURED: 'done',
    _CONTAINERS_ROOTLESS_UID: String(setup.uid),
    BUILDAH_ISOLATION: 'chroot',
  };
}

/** Text of storage.conf: says the same as the options, for what buildah starts itself. */
export const storageConf = ({ images, imagesRun }: Pick<BuildahSetup, 'images' | 'imagesRun'>): string =>
  ['[storage]', 'driver = "overlay"', `graphroot = ${JSON.stringify(images)}`, `runroot = ${JSON.stringify(imagesRun)}`, ''].join('\n');

/** Where buildah looks for its helpers. */
export const HELPER_DIRECTORIES = ['/usr/local/libexec/podman', '/usr/local/lib/podman', '/usr/libexec/podman', '/usr/lib/podman'] as const;

/** Text of containers.conf: one more directory of helpers. */
export const helperConf = (directory: string): string =>
  `[engine]\nhelper_binaries_dir = [${[...HELPER_DIRECTORIES, directory].map((path) => JSON.stringify(path)).join(', ')}]\n`;

/** Text of policy.json for hosts without one: what Debian's package has. */
export const ACCEPTING_POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}\n';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

export interface RegistryOptions {
  /** Log-ins, an absolute path. Never on the command line, which everybody on the machine can read. */
  authFile?: string;
  /** Registries on this machine need no certificate, as with docker. */
  tlsVerify?: boolean;
}

function registryOptions(reference: ImageReference, setup: BuildahSetup, options: RegistryOptions): string[] {
  const verify = options.tlsVerify ?? !LOOPBACK.test(reference.domain);
  return [
    ...(setup.policy === undefined ? [] : ['--signature-policy', setup.policy]),
    ...(verify ? [] : ['--tls-verify=false']),
    ...(options.authFile === undefined ? [] : ['--authfile', options.authFile]),
  ];
}

/** Prints the image's id. Progress lines go to stderr. Throws IMAGE_NAME. */
export function pullArgv(setup: BuildahSetup, image: string, options: RegistryOptions = {}): Argv {
  const reference = parseReference(image);
  return [
    ...globals(setup),
    'pull',
    '--policy',
    'always',
    // when to try again is the caller's to say; 0 would mean the default
    '--retry',
    '1',
    '--retry-delay',
    '100ms',
    ...registryOptions(reference, setup, options),
    `docker://${formatReference(reference)}`,
  ];
}

/** `image`: a name or id in the store; `destination`: a name on a registry. Throws IMAGE_NAME. */
export function pushArgv(setup: BuildahSetup, image: string, destination: string, options: RegistryOptions = {}): Argv {
  const reference = parseReference(destination);
  return [...globals(setup), 'push', ...registryOptions(reference, setup, options), image, `docker://${formatReference(reference)}`];
}

export interface BuildWish {
  /** Absolute: the namespace is entered at `/`. */
  context: string;
  /** Absolute. */
  file?: string;
  tags: readonly string[];
  /** `NAME=value`, or `NAME` for the environment's. */
  buildArgs?: readonly string[];
  target?: string;
  noCache?: boolean;
  /** Of the images it is built from. */
  pull?: keyof typeof PULL;
  labels?: readonly string[];
  quiet?: boolean;
  platform?: string;
  /** Gets the image's id. */
  idFile?: string;
}

/** In the words that old and new versions know. */
const PULL = { always: 'always', never: 'never', missing: 'false', newer: 'true' } as const;

export const buildArgv = (setup: BuildahSetup, wish: BuildWish): Argv => [
  ...globals(setup),
  'build',
  ...(setup.policy === undefined ? [] : ['--signature-policy', setup.policy]),
  ...wish.tags.flatMap((tag) => ['--tag', tag]),
  ...(wish.file === undefined ? [] : ['--file', wish.file]),
  ...(wish.buildArgs ?? []).flatMap((arg) => ['--build-arg', arg]),
  ...(wish.labels ?? []).flatMap((label) => ['--label', label]),
  ...(wish.target === undefined ? [] : ['--target', wish.target]),
  ...(wish.platform === undefined ? [] : ['--platform', wish.platform]),
  // every step is a layer that the next build finds again
  '--layers',
  ...(wish.noCache ? ['--no-cache'] : []),
  `--pull=${PULL[wish.pull ?? 'missing']}`,
  ...(wish.quiet ? ['--quiet'] : []),
  ...(wish.idFile === undefined ? [] : ['--iidfile', wish.idFile]),
  wish.context,
];

/** Throws IMAGE_NAME. */
export const tagArgv = (setup: BuildahSetup, image: string, name: string): Argv => [...globals(setup), 'tag', image, name];

/** A name that is one of several is taken off; the last one, or an id, removes the image. */
export const rmiArgv = (setup: BuildahSetup, image: string, force = false): Argv => [
  ...globals(setup),
  'rmi',
  ...(force ? ['--force'] : []),
  image,
];
