/**
 * Seccomp profiles with their compiled form. An old crun compiles a profile for every container (13 ms of CPU); a program that it
 * has once compiled can be given to it in an annotation. The runtime itself is made to compile: a container is created with the
 * profile, never started, and what it left in its state directory is kept.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stableJson } from '../api/json.ts';
import { makeDirectory, removeTree, writeAtomic, writePlain } from '../host/files.ts';
import { quote, quoteAll } from '../host/worker.ts';
import { infraConfig } from './bundle.ts';
import { ociCapabilities } from './capabilities.ts';
import { type RuntimeLayout, runtimeArgv } from './commands.ts';
import type { OciConfig, OciSeccomp } from './oci.ts';
import { parseProfile, runtimeDefaultProfile, unconfinedProfile } from './seccomp.ts';

export interface SeccompCacheOptions {
  layout: RuntimeLayout;
  /** Runs shell text; `WorkerPool.job`. */
  job: (script: string, options: { timeoutMs: number }) => Promise<number>;
  /** Where compiled profiles are kept: survives reboots. */
  directory: string;
  /** For a bundle that lives for a moment; in our tmpfs. */
  scratch: string;
  infraRoot: string;
  /** Relative names of Localhost profiles are looked up here. */
  profiles: string;
  /** `process.arch` */
  arch: string;
  /** What the compiled form depends on beside the profile: path, size and time of the runtime and of libseccomp will do. */
  versions: string;
}

export interface CompiledProfile {
  profile: OciSeccomp;
  /** base64; absent when this runtime does not compile, or it did not work. */
  bpf?: string;
}

const JOB_MS = 20_000;
/** The kernel takes 4,096 instructions of 8 bytes from one filter. */
const LARGEST_BPF = 8 * 4096;

export class SeccompCache {
  readonly #options: SeccompCacheOptions;
  readonly #compiled = new Map<string, Promise<string | undefined>>();

  constructor(options: SeccompCacheOptions) {
    this.#options = options;
  }

  /** `type`: RuntimeDefault, Unconfined or Localhost (then with a file). `capabilities`: full names. Throws CONTAINER_CREATE. */
  async profile(type: string, localhost: string | undefined, capabilities: readonly string[]): Promise<CompiledProfile> {
    const profile = await this.#source(type, localhost, capabilities);
    const key = createHash('sha256')
      .update(`${this.#options.versions}\n${stableJson(profile)}`)
      .digest('hex')
      .slice(0, 32);
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      compiled = this.#load(key, profile).catch(() => undefined);
      this.#compiled.set(key, compiled);
    }
    const bpf = await compiled;
    return { profile, ...(bpf === undefined ? {} : { bpf }) };
  }

  async #source(type: string, localhost: string | undefined, capabilities: readonly string[]): Promise<OciSeccomp> {
    const { arch, profiles } = this.#options;
    if (type === 'Unconfined') return unconfinedProfile(arch);
    if (type !== 'Localhost') return runtimeDefaultProfile(capabilities, arch);
    const file = join(profiles, localhost ?? '');
    const text = await readFile(file, 'utf8').catch(() => '');
    return parseProfile(text, file);
  }

  async #load(key: string, profile: OciSeccomp): Promise<string | undefined> {
    const file = join(this.#options.directory, `${key}.bpf`);
    const kept = await readFile(file).catch(() => undefined);
    if (kept !== undefined && isProgram(kept)) return kept.toString('base64');
    const made = await this.#compile(key, profile);
    if (made === undefined) return undefined;
    await makeDirectory(this.#options.directory);
    await writeAtomic(file, made);
    return made.toString('base64');
  }

  async #compile(key: string, profile: OciSeccomp): Promise<Buffer | undefined> {
    const { layout, job, scratch, infraRoot } = this.#options;
    const id = `seccomp-${key}-${process.pid}`;
    const bundle = join(scratch, id);
    try {
      await makeDirectory(bundle);
      await writePlain(join(bundle, 'config.json'), JSON.stringify(compileConfig(infraRoot, profile)));
      const state = join(layout.root, id, 'seccomp.bpf');
      const kept = join(bundle, 'bpf');
      const runtime = quoteAll(runtimeArgv(layout));
      const script =
        `${runtime} create --no-new-keyring --bundle ${quote(bundle)} ${quote(id)} </dev/null >/dev/null 2>${quote(`${bundle}/err`)} && ` +
        `cp ${quote(state)} ${quote(kept)} 2>>${quote(`${bundle}/err`)}; ` +
        `${runtime} delete -f ${quote(id)} </dev/null >/dev/null 2>&1; test -s ${quote(kept)}`;
      if ((await job(script, { timeoutMs: JOB_MS })) !== 0) return undefined;
      const program = await readFile(kept);
      return isProgram(program) ? program : undefined;
    } finally {
      await removeTree(bundle);
    }
  }
}

/** Filters are whole instructions of 8 bytes. */
const isProgram = (bytes: Buffer): boolean => bytes.length > 0 && bytes.length % 8 === 0 && bytes.length <= LARGEST_BPF;

/** An infra container without a network, that is made and never started. */
function compileConfig(infraRoot: string, seccomp: OciSeccomp): OciConfig {
  const config = infraConfig({
    rootfs: infraRoot,
    hostname: 'seccomp',
    hostNetwork: true,
    cgroupsPath: '/podstead/seccomp',
    oomScoreAdj: 1000,
    tools: { sh: '/bin/sh', ip: '/sbin/ip' },
  });
  const process = { ...config.process, capabilities: ociCapabilities([]), noNewPrivileges: true };
  return { ...config, process, linux: { ...config.linux, seccomp } };
}

const LIBRARY = /^libseccomp\.so\.2/;

/** Identifies what compiles: changes when the runtime (`files`) or libseccomp is upgraded. */
export async function versionsOf(files: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    [...files, ...(await libraries())].map(async (file) => {
      const found = await stat(file).catch(() => undefined);
      return found ? `${file}:${found.size}:${found.mtimeMs}` : `${file}:-`;
    }),
  );
  return texts.join('\n');
}

async function libraries(): Promise<string[]> {
  const names = async (directory: string): Promise<string[]> => readdir(directory).catch(() => []);
  const multiarch = (await names('/usr/lib')).filter((name) => name.endsWith('-linux-gnu')).map((name) => `/usr/lib/${name}`);
  const found = await Promise.all(
    ['/usr/lib64', ...multiarch].map(async (directory) =>
      (await names(directory)).filter((name) => LIBRARY.test(name)).map((name) => `${directory}/${name}`),
    ),
  );
  return found.flat().sort();
}
