/** The built command line in a home of its own, with the small image in its store, and pods to ask questions in. */
import { join } from 'node:path';
import type { Pod } from '../../../src/api/objects.ts';
import type { SandboxRecord } from '../../../src/kubelet/record.ts';
import { Store } from '../../../src/store/store.ts';
import { type Ran, type RunOptions, type ScratchHome, scratchHome } from '../harness.ts';
import { BUSYBOX, busyboxContext } from '../images.ts';

const PODSTEAD = join(import.meta.dirname, '../../../bin/podstead');

/** Sleeps for ever and ends at once: what `command` of a pod is when it is only asked things. */
export const SLEEP = `{name: sh, image: ${BUSYBOX}, command: [sleep, '100000']}`;

/** Text of a pod; `spec` and `containers` are lines of YAML, one container each. */
export const podText = (name: string, spec: readonly string[] = [], containers: readonly string[] = [SLEEP]): string =>
  [
    '---',
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${name}}`,
    'spec:',
    '  terminationGracePeriodSeconds: 0',
    ...spec.map((line) => `  ${line}`),
    '  containers:',
    ...containers.map((line) => `  - ${line}`),
    '',
  ].join('\n');

/** A web server on `port` that answers with `word`; more of the container in `rest`. */
export const webContainer = (word: string, port = 80, rest = ''): string =>
  `{name: web, image: ${BUSYBOX}, command: [sh, -c, 'mkdir -p /w && echo ${word} >/w/index.html && exec httpd -f -p ${port} -h /w']${rest}}`;

export class App {
  readonly home: ScratchHome;
  constructor(home: ScratchHome) {
    this.home = home;
  }

  /** Runs podstead to its end. */
  run(args: readonly string[], options: RunOptions & { env?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
    return this.home.run([PODSTEAD, ...args], { timeoutMs: 60_000, ...options });
  }

  /** What it said on stdout. Throws what it said when it did not exit with 0. */
  async ok(args: readonly string[], options: RunOptions & { env?: NodeJS.ProcessEnv } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    if (code !== 0) throw new Error(`podstead ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  play(text: string, ...args: string[]): Promise<string> {
    return this.ok(['play', 'kube', ...args, '-'], { input: text });
  }

  async down(text: string): Promise<void> {
    await this.ok(['kube', 'down', '-'], { input: text });
  }

  /** What a shell in the pod says on stdout, or `exit N: …` with what it complained of. */
  async says(pod: string, script: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(['exec', pod, ...args, '--', 'sh', '-c', script]);
    return code === 0 ? stdout.trim() : `exit ${code}: ${stderr.trim()}`;
  }

  /** What the pod gets from there. */
  get(pod: string, url: string): Promise<string> {
    return this.says(pod, `timeout 3 wget -q -O - ${url}`);
  }

  async pod(name: string, namespace = 'default'): Promise<Pod> {
    return JSON.parse(await this.ok(['get', 'pod', name, '-n', namespace, '-o', 'json'])) as Pod;
  }

  async address(name: string, namespace = 'default'): Promise<string> {
    return (await this.pod(name, namespace)).status?.podIP ?? '';
  }

  /** The newest one of a pod, as the engine has noted it. */
  sandbox(pod: string): SandboxRecord {
    const store = Store.open(this.home.paths().store, { readOnly: true });
    try {
      const records = store.records<SandboxRecord>('sandbox').all();
      const [newest] = records
        .map(([, record]) => record)
        .filter((record) => record.pod === pod)
        .sort((a, b) => b.attempt - a.attempt);
      if (!newest) throw new Error(`no sandbox of ${pod} is noted`);
      return newest;
    } finally {
      store.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.home[Symbol.asyncDispose]();
  }
}

export async function app(home: ScratchHome = scratchHome()): Promise<App> {
  const made = new App(home);
  const context = await busyboxContext();
  try {
    await made.ok(['build', '-q', '-t', BUSYBOX, context.directory]);
  } catch (error) {
    await made[Symbol.asyncDispose]();
    throw error;
  } finally {
    context.dispose();
  }
  return made;
}
