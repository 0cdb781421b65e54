/** Puts the kubelet's environment together: what this machine has, and the parts that reach it. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { arch, availableParallelism, hostname, networkInterfaces, totalmem } from 'node:os';
import { join } from 'node:path';
import { bootId } from '../host/boot.ts';
import { inNodeNetwork } from '../host/namespace.ts';
import type { Paths } from '../host/paths.ts';
import { requireTool, type Tools } from '../host/tools.ts';
import { WorkerPool } from '../host/worker.ts';
import type { BuildahSetup } from '../images/buildah.ts';
import { ImageAccounts } from '../images/image-accounts.ts';
import { ImageStore } from '../images/image-store.ts';
import { prepareBuildah } from '../images/pull.ts';
import type { Environment, KubeletApi, NodeFacts } from '../kubelet/environment.ts';
import type { KubeletMemory } from '../kubelet/memory.ts';
import { VolumeManager } from '../kubelet/volumes/volume-manager.ts';
import { parsePodRange } from '../network/address.ts';
import { Bridge } from '../network/bridge.ts';
import { CLUSTER_DOMAIN, PodDns } from '../network/dns.ts';
import { Listeners } from '../network/listeners.ts';
import { prelude } from '../runtime/commands.ts';
import { runtimeLayout } from '../runtime/layout.ts';
import { SeccompCache, versionsOf } from '../runtime/seccomp-cache.ts';
import type { Store } from '../store/store.ts';
import { makeDialler } from './dialler.ts';
import { Puller } from './puller.ts';

export interface AssembleOptions {
  paths: Paths;
  tools: Tools;
  store: Store;
  memory: KubeletMemory;
  api: KubeletApi;
  /** The network of the node, as the holder made it. */
  podCidr: string;
  /** Directory of holder.sh and network.sh. */
  scripts: string;
  /** The program that dials for probes. */
  proberArgv: readonly [string, ...string[]];
  isFresh(imageId: string): boolean;
  /** Told whenever a worker shell starts: the pids of all. */
  onWorkers(pids: readonly number[]): void;
}

const readText = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

export function nodeFacts(): NodeFacts {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.find((a) => a.family === 'IPv4' && !a.internal);
  return {
    name: hostname(),
    address: own?.address ?? '127.0.0.1',
    arch: arch(),
    allocatable: { cpu: String(availableParallelism()), memory: String(totalmem()), 'ephemeral-storage': '0' },
    gidMap: readText('/proc/self/gid_map'),
    domain: CLUSTER_DOMAIN,
    memoryBytes: totalmem(),
    oomScoreAdj: Number(readText('/proc/self/oom_score_adj') || 0),
  };
}

/** A root file system of one program, in our tmpfs. */
function infraRoot(paths: Paths, tools: Tools): string {
  const root = join(paths.tmp, 'infra');
  const program = join(root, 'catatonit');
  if (existsSync(program)) return root;
  for (const directory of ['dev', 'proc', 'sys']) mkdirSync(join(root, directory), { recursive: true, mode: 0o755 });
  // in one step: half a program would look like a whole one to the next engine
  copyFileSync(requireTool(tools, 'catatonit'), `${program}.new`);
  renameSync(`${program}.new`, program);
  return root;
}

/** Where hosts have a policy.json. */
const POLICIES = ['/etc/containers/policy.json', '/usr/share/containers/policy.json'];

const buildahSetup = (paths: Paths, tools: Tools): Promise<BuildahSetup> =>
  prepareBuildah(
    {
      buildah: requireTool(tools, 'buildah'),
      images: paths.images,
      imagesRun: paths.imagesRun,
      storageConf: join(paths.run, 'storage.conf'),
      uid: paths.uid,
    },
    { policies: POLICIES, ownPolicy: join(paths.data, 'policy.json') },
  );

export async function assemble(options: AssembleOptions): Promise<Environment> {
  const { paths, tools, store, api, memory } = options;
  const layout = runtimeLayout(paths, tools);
  const sh = requireTool(tools, 'sh');
  const pool = new WorkerPool({
    size: 2 * availableParallelism(),
    functions: `${prelude(layout)}\n. '${options.scripts}/network.sh'`,
    sh,
    stderr: 2,
    onStart: options.onWorkers,
  });
  pool.warm();
  const now = () => new Date();
  const images = new ImageStore(paths.images);
  const ip = requireTool(tools, 'ip');
  const nsenter = requireTool(tools, 'nsenter');
  const root = infraRoot(paths, tools);
  const setup = () => buildahSetup(paths, tools);
  return {
    paths,
    bootId: bootId(),
    node: nodeFacts(),
    range: parsePodRange(options.podCidr),
    store,
    memory,
    api,
    pool,
    layout,
    images,
    accounts: new ImageAccounts(),
    puller: new Puller({ images, setup, memory, api, isFresh: options.isFresh, now }),
    seccomp: new SeccompCache({
      layout,
      job: (script, limits) => pool.job(script, limits),
      directory: join(paths.data, 'cache', 'seccomp'),
      scratch: paths.bundles,
      infraRoot: root,
      profiles: join(paths.config, 'seccomp'),
      arch: arch(),
      versions: await versionsOf([tools.crun ?? layout.runtime]),
    }),
    bridge: new Bridge({ namespace: paths.netns, tools: { ip, nsenter, sh } }),
    dns: new PodDns(join(paths.net, 'hosts')),
    listeners: new Listeners({
      directory: join(paths.net, 'ports'),
      wake: paths.wake,
      namespace: paths.netns,
      tools: listenerTools(tools, nsenter, sh),
    }),
    volumes: new VolumeManager({ pods: paths.pods, volumes: paths.volumes, secrets: paths.secrets }, pool),
    dialler: makeDialler([...inNodeNetwork(paths, tools), ...options.proberArgv]),
    tools: { sh, ip },
    infraRoot: root,
    newId: () => randomBytes(16).toString('hex'),
    now,
  };
}

const listenerTools = (tools: Tools, nsenter: string, sh: string) => ({
  nsenter,
  sh,
  ...(tools.socketActivate && { socketActivate: tools.socketActivate }),
  ...(tools.socketProxyd && { socketProxyd: tools.socketProxyd }),
  ...(tools.socat && { socat: tools.socat }),
});
