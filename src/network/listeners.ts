/**
 * The listeners of published ports: processes of their own, which outlive the engine. Everything that is known of them is in files:
 * NAME.new "PID START" (starting), NAME.up (listens), NAME.old (being stopped), NAME.err (what it said). A listener without a live
 * process is no listener, whatever the files say.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { makeDirectory, readIfExists, removeTree, writeAtomic } from '../host/files.ts';
import { killGroupOf } from '../host/kill-group.ts';
import { alive, formatRef, type ProcessRef, parseRef, processRef, sendSignal } from '../host/process.ts';
import { startDetached } from '../host/service.ts';
import { type ListenerTools, listenerArgv, supervisedArgv } from './listener-process.ts';
import { describeHolder, findHolder, holdsSocket, readListening, readUnprivilegedPortStart, socketInTheWay } from './listening.ts';
import { type Forward, forwardName, type Listener, parseForwardName } from './port-plan.ts';
import { formatHostPort, type HostPort } from './published.ts';

export interface ListenersOptions {
  /** paths.net/ports */
  directory: string;
  /** The engine's FIFO: a listener that dies writes a line. */
  wake: string;
  /** Path of the node's network namespace. */
  namespace: string;
  tools: ListenerTools;
  timeoutMs?: number;
}

type Suffix = 'new' | 'up' | 'old';
const LOOK_AGAIN_MS = 4;
/** All who ask for `key` while it is worked on get the same. */
const once = <T>(running: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> => {
  const begun = running.get(key);
  if (begun) return begun;
  const promise = work().finally(() => running.delete(key));
  running.set(key, promise);
  return promise;
};
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));

export const tooLowPort = (port: Pick<HostPort, 'hostIp' | 'hostPort'>, start: number): string =>
  `${formatHostPort(port)} needs privileges: ports below ${start} are reserved (sysctl net.ipv4.ip_unprivileged_port_start)`;
export const lowPortRemedy = (port: number): string =>
  `use a port that is higher, or sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`;

export class Listeners {
  readonly #options: ListenersOptions;
  /** By name. Ours to wait for: until they listen they look like what a dead engine left. */
  readonly #starting = new Map<string, Promise<Listener>>();
  /** By name. A look may remove files: no start begins before it is over. */
  readonly #looking = new Map<string, Promise<Listener | undefined>>();
  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** Those that run, adopted or our own. Finishes stops that were interrupted and removes files of the dead. */
  async list(): Promise<Listener[]> {
    const files = new Map<string, Set<Suffix>>();
    for (const file of await readdir(this.#options.directory).catch(() => [])) {
      const [, name, suffix] = /^([^.].*)\.(new|up|old)$/.exec(file) ?? [];
      if (name !== undefined) files.set(name, (files.get(name) ?? new Set()).add(suffix as Suffix));
    }
    const found = await Promise.all(
      [...files].map(async ([name, suffixes]) => {
        const forward = parseForwardName(name);
        return forward ? this.#lookOnce(forward, suffixes) : undefined;
      }),
    );
    return found.filter((listener) => listener !== undefined);
  }

  async #lookOnce(forward: Forward, suffixes: ReadonlySet<Suffix>): Promise<Listener | undefined> {
    const name = forwardName(forward);
    if (this.#starting.has(name)) return undefined;
    return once(this.#looking, name, () => this.#look(forward, suffixes));
  }

  async #look(forward: Forward, suffixes: ReadonlySet<Suffix>): Promise<Listener | undefined> {
    const suffix = (['old', 'up', 'new'] as const).find((s) => suffixes.has(s)) ?? 'new';
    const process = await this.#read(forward, suffix);
    // its shell has not yet written the process down: start() of the same name waits for it
    if (process === 'unwritten') return undefined;
    if (process && alive(process)) {
      if (suffix === 'up') return { ...forward, process };
      if (suffix === 'new' && (await this.#listens(forward, process))) {
        const promoted = await this.#promote(forward, process);
        if (alive(process)) return promoted;
      }
      await this.#end(process);
    }
    await this.#forget(forward);
    return undefined;
  }

  async #promote(forward: Forward, process: ProcessRef): Promise<Listener> {
    await writeAtomic(this.#file(forward, 'up'), formatRef(process));
    await removeTree(this.#file(forward, 'new'));
    return { ...forward, process };
  }

  /** Resolves when the port is open. Throws PORT_TAKEN, HOST_UNSUPPORTED, TOOL_MISSING, TOOL_FAILED, TOOL_TIMEOUT. */
  async start(forward: Forward): Promise<Listener> {
    return once(this.#starting, forwardName(forward), async () => {
      // whatever it finds wrong is said again by the start
      await this.#looking.get(forwardName(forward))?.catch(() => undefined);
      return this.#start(forward);
    });
  }

  async #start(forward: Forward): Promise<Listener> {
    const command = listenerArgv(forward, this.#options.namespace, this.#options.tools);
    if (!command)
      throw new PodsteadError(
        'TOOL_MISSING',
        `port ${formatHostPort(forward)} cannot be published: systemd-socket-proxyd and socat are missing`,
        {
          remedy: 'sudo apt-get install systemd (or socat)',
        },
      );
    await makeDirectory(this.#options.directory);
    const base = join(this.#options.directory, forwardName(forward));
    const shell = processRef(startDetached(supervisedArgv(base, this.#options.wake, command, this.#options.tools.sh), { cwd: '/' }));
    const listener = await this.#promote(forward, await this.#open(forward, shell));
    // the end of one that had no `.up` yet has woken nobody
    if (!alive(listener.process)) throw await this.#failure(forward);
    return listener;
  }

  /** Waits until the listener's own socket is seen to listen. */
  async #open(forward: Forward, shell: ProcessRef | undefined): Promise<ProcessRef> {
    const timeoutMs = this.#options.timeoutMs ?? 5_000;
    const deadline = Date.now() + timeoutMs;
    let process: ProcessRef | 'unwritten' | undefined;
    while (Date.now() < deadline) {
      process = await this.#read(forward, 'new');
      if (process && process !== 'unwritten') {
        if (await this.#listens(forward, process)) return process;
        if (!alive(process)) throw await this.#failure(forward);
      }
      await pause();
    }
    // with all that it has started, also what is not written down: we may have been the slow ones
    if (shell) killGroupOf(shell);
    if (process && process !== 'unwritten') await this.#end(process);
    if (shell) await this.#end(shell);
    await this.#forget(forward);
    throw new PodsteadError('TOOL_TIMEOUT', `port ${formatHostPort(forward)}: its listener did not open it within ${timeoutMs} ms`);
  }

  async #failure(forward: Forward): Promise<PodsteadError> {
    const said = String((await readIfExists(this.#file(forward, 'err'))) ?? '').trim();
    await this.#forget(forward);
    const where = formatHostPort(forward);
    if (/address already in use/i.test(said)) return portTaken({ ...forward, protocol: 'TCP' });
    if (/permission denied/i.test(said)) {
      const start = await readUnprivilegedPortStart();
      return new PodsteadError('HOST_UNSUPPORTED', tooLowPort(forward, start), { remedy: lowPortRemedy(forward.hostPort) });
    }
    if (/cannot assign requested address/i.test(said))
      return new PodsteadError('HOST_UNSUPPORTED', `port ${where}: this machine has no address ${forward.hostIp}`, {
        remedy: 'change hostIP to an address that ip addr shows, or leave it out for all addresses',
      });
    return new PodsteadError('TOOL_FAILED', `port ${where}: its listener ended: ${said === '' ? 'without a word' : said}`);
  }

  /** Resolves when the process is gone and the port is free. */
  async stop(listener: Listener): Promise<void> {
    // first the file: the end of a listener whose file is no longer `.up` wakes nobody
    await writeAtomic(this.#file(listener, 'old'), formatRef(listener.process));
    await removeTree(this.#file(listener, 'up'));
    await this.#end(listener.process);
    await this.#forget(listener);
  }

  async #end(ref: ProcessRef): Promise<void> {
    const deadline = Date.now() + (this.#options.timeoutMs ?? 5_000);
    sendSignal(ref, 'SIGKILL');
    while (alive(ref)) {
      if (Date.now() > deadline) throw new PodsteadError('TOOL_TIMEOUT', `listener process ${ref.pid} does not end`);
      await pause();
    }
  }

  async #listens(forward: Forward, ref: ProcessRef): Promise<boolean> {
    const sockets = (await readListening()).filter((s) => s.hostPort === forward.hostPort && s.hostIp === forward.hostIp);
    for (const socket of sockets) if (await holdsSocket(ref.pid, socket.inode)) return true;
    return false;
  }

  #file(forward: Forward, suffix: Suffix | 'err'): string {
    return join(this.#options.directory, `${forwardName(forward)}.${suffix}`);
  }

  /** `unwritten`: the file is there, its line is not yet. */
  async #read(forward: Forward, suffix: Suffix): Promise<ProcessRef | 'unwritten' | undefined> {
    const text = await readIfExists(this.#file(forward, suffix));
    return text === undefined ? undefined : (parseRef(text.toString()) ?? 'unwritten');
  }

  async #forget(forward: Forward): Promise<void> {
    // the file that says what is going on goes last
    for (const suffix of ['err', 'new', 'up', 'old'] as const) await removeTree(this.#file(forward, suffix));
  }
}

/** Stops what forwards to none of `addresses`: those that came up after their pod was given up, when nobody looked any more. */
export async function stopStrayListeners(listeners: Pick<Listeners, 'list' | 'stop'>, addresses: ReadonlySet<string>): Promise<void> {
  for (const listener of await listeners.list()) if (!addresses.has(listener.address)) await listeners.stop(listener);
}

/** Names who holds the port, as far as it can be seen. */
export const portTaken = async (port: HostPort): Promise<PodsteadError> => {
  const socket = socketInTheWay(port, await readListening());
  const by = socket ? describeHolder(await findHolder(socket)) : 'another process';
  return new PodsteadError('PORT_TAKEN', `port ${formatHostPort(port)} is in use by ${by}`, {
    remedy: 'stop that process, or use another hostPort (--publish overrides it)',
  });
};
