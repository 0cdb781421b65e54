/** podstead, in a home of its own. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readHolder } from '../../src/host/boot.ts';
import { asUser, type ScratchHome, until } from '../live/harness.ts';
import { Driver } from './driver.ts';
import { IMAGE, type Manifest } from './manifests.ts';
import { memoryOf, processesIn, userNamespace } from './pss.ts';
import type { Side } from './side.ts';

export interface PodsteadOptions {
  home: ScratchHome;
  /** A built tree that the user can read. */
  tree: string;
  context: string;
  output: string;
  file(manifest: Manifest): string;
}

/** An engine keeps its lock for all its life. */
const isLocked = (file: string): boolean => {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino;
  return inode !== undefined && new RegExp(`FLOCK .*:${inode} `).test(readFileSync('/proc/locks', 'utf8'));
};

/** Longer than the engine lingers. */
const ASLEEP_WITHIN_MS = 40_000;

export class Podstead implements Side {
  readonly name = 'podstead';
  readonly #options: PodsteadOptions;
  readonly #driver: Driver;
  readonly #program: string;

  private constructor(options: PodsteadOptions) {
    this.#options = options;
    this.#program = join(options.tree, 'bin/podstead');
    this.#driver = new Driver({ prefix: asUser(options.home.user), env: options.home.env, output: options.output });
  }

  static async start(options: PodsteadOptions): Promise<Podstead> {
    const side = new Podstead(options);
    try {
      await side.#run('build', '-q', '-t', IMAGE, options.context);
      return side;
    } catch (error) {
      await side.close();
      throw error;
    }
  }

  play(manifest: Manifest) {
    return this.#run('play', 'kube', this.#options.file(manifest));
  }
  down(manifest: Manifest) {
    return this.#run('kube', 'down', this.#options.file(manifest));
  }
  ps() {
    return this.#run('ps');
  }
  exec() {
    return this.#run('exec', 'base', 'true');
  }

  async settle(): Promise<void> {
    const { engineLock } = this.#options.home.paths();
    await until(() => !isLocked(engineLock), { what: 'the engine asleep', timeoutMs: ASLEEP_WITHIN_MS });
  }

  async gone(): Promise<void> {
    await until(() => readHolder(this.#options.home.paths()) === undefined, { what: 'the holder gone', timeoutMs: ASLEEP_WITHIN_MS });
  }

  async memory(): Promise<number> {
    const holder = readHolder(this.#options.home.paths());
    if (!holder) throw new Error('podstead has no holder');
    return memoryOf(processesIn(userNamespace(holder.pid)));
  }

  async versions() {
    return { podstead: await this.#driver.text([this.#program, 'version']) };
  }

  async close(): Promise<void> {
    await this.#run('system', 'reset', '--force').catch(() => undefined);
    this.#driver.close();
  }

  #run(...args: string[]): Promise<number> {
    return this.#driver.time([this.#program, ...args]);
  }
}
