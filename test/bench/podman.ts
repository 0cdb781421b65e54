/** podman, by whatever command runs it: PODMAN=`podman`, `../shared/peer/podman run podman`. */
import { Driver } from './driver.ts';
import { IMAGE, type Manifest } from './manifests.ts';
import { daemonsOf, memoryOf, processesIn } from './pss.ts';
import type { Side } from './side.ts';

export interface PodmanOptions {
  /** The last word is podman itself; what stands before it runs any command where podman is. */
  command: readonly string[];
  context: string;
  output: string;
  file(manifest: Manifest): string;
}

export class Podman implements Side {
  readonly name = 'podman';
  readonly #options: PodmanOptions;
  readonly #driver: Driver;
  readonly #program: string;
  readonly #namespace: string;
  readonly #uid: number;

  private constructor(options: PodmanOptions, driver: Driver, program: string, namespace: string, uid: number) {
    this.#options = options;
    this.#driver = driver;
    this.#program = program;
    this.#namespace = namespace;
    this.#uid = uid;
  }

  /** Throws when containers run already: they would be measured too. */
  static async start(options: PodmanOptions): Promise<Podman> {
    const { command, context, output } = options;
    const program = command.at(-1) ?? 'podman';
    const driver = new Driver({ prefix: command.slice(0, -1), env: process.env, output });
    try {
      const running = await driver.text([program, 'ps', '-aq']);
      if (running !== '') throw new Error(`podman has containers already: ${running.split('\n').join(' ')}`);
      const namespace = await driver.text([program, 'unshare', 'readlink', '/proc/self/ns/user']);
      await driver.time([program, 'build', '-q', '-t', IMAGE, context]);
      return new Podman(options, driver, program, namespace, Number(await driver.text(['id', '-u'])));
    } catch (error) {
      driver.close();
      throw error;
    }
  }

  play(manifest: Manifest) {
    return this.#run('kube', 'play', this.#options.file(manifest));
  }
  down(manifest: Manifest) {
    return this.#run('kube', 'down', this.#options.file(manifest));
  }
  ps() {
    return this.#run('ps');
  }
  exec() {
    return this.#run('exec', 'base-main', 'true');
  }
  /** It has no process that lingers. */
  async settle() {}
  async gone() {}
  async memory() {
    return memoryOf([...new Set([...processesIn(this.#namespace), ...daemonsOf(this.#uid)])]);
  }

  async versions() {
    const text = await this.#driver.text([
      this.#program,
      'info',
      '-f',
      '{{.Version.Version}}|{{.Host.OCIRuntime.Version}}|{{.Host.Conmon.Version}}|{{.Host.NetworkBackend}}|{{.Host.Pasta.Package}}',
    ]);
    const [podman = '', runtime = '', conmon = '', backend = '', pasta = ''] = text.replaceAll('\n', ' ').split('|');
    const crun = /crun version \S+/.exec(runtime)?.[0] ?? runtime;
    return { podman: [podman, crun, conmon.replace(/,.*/, ''), backend, pasta].filter((part) => part !== '').join(', ') };
  }

  async close(): Promise<void> {
    for (const manifest of ['many', 'ten', 'one', 'base'] as const) await this.down(manifest).catch(() => undefined);
    await this.#run('rmi', '-f', IMAGE).catch(() => undefined);
    this.#driver.close();
  }

  #run(...args: string[]): Promise<number> {
    return this.#driver.time([this.#program, ...args]);
  }
}
