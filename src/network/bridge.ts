/**
 * One `ip -batch` process in the node's network namespace that plugs pods into the bridge: half a millisecond a pod, no process each.
 * ip answers nothing on success, and on failure its message and `Command failed -:LINE`. So every flush ends with a line that must
 * fail: when its number comes back, all before it are done.
 */
import { PodsteadError } from '../api/errors.ts';
import { startService } from '../host/service.ts';
import { attachLine } from './veth.ts';

/** What is needed of a long-lived child: lines in, lines out. */
export interface LineService {
  send(line: string): void;
  close(): void;
}
export type StartLines = (
  argv: readonly [string, ...string[]],
  on: { line: (line: string) => void; exit: (reason: string) => void },
) => LineService;

export interface BridgeOptions {
  /** Path of the node's network namespace. */
  namespace: string;
  tools: { ip: string; nsenter: string; sh: string };
  /** For tests. */
  start?: StartLines;
  timeoutMs?: number;
}

/** ip's own complaints are told apart by line number, so both of its outputs have to come through one pipe. */
export const bridgeArgv = (namespace: string, tools: BridgeOptions['tools']): [string, ...string[]] => [
  tools.sh,
  '-c',
  'exec "$@" 2>&1',
  'bridge',
  tools.nsenter,
  `--net=${namespace}`,
  tools.ip,
  '-force',
  '-batch',
  '-',
];

interface Command {
  text: string;
  /** How often it was given to a process that died. */
  tries: number;
  resolve: () => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

const startLines: StartLines = (argv, on) => startService(argv, { onLine: on.line, onExit: on.exit });

const BARRIER = 'link set barrier up';
const FAILED = /^Command failed -:(\d+)$/;
const TRIES = 3;

export class Bridge {
  readonly #options: BridgeOptions;
  #service: LineService | undefined;
  /** Tells the lines of a process from those of the one before it. */
  #life = 0;
  #lineNumber = 0;
  #sent = new Map<number, Command>();
  #waiting: Command[] = [];
  #complaint: string[] = [];
  #flushing = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
  }

  /** Plugs a pod in; resolves when it is done. Throws TOOL_FAILED with ip's own words, TOOL_TIMEOUT. */
  attach(sandboxId: string): Promise<void> {
    return this.run(attachLine(sandboxId));
  }

  /** One line of `ip -batch`; it has to bear being done twice, since a process may die after doing it. */
  run(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timeoutMs = this.#options.timeoutMs ?? 10_000;
      const timer = setTimeout(() => this.#expire(command, timeoutMs), timeoutMs);
      const command: Command = { text, tries: 0, resolve, reject, timer };
      this.#enqueue([command]);
    });
  }

  /** Ends the process; what is under way fails. */
  close(): void {
    const pending = [...this.#sent.values(), ...this.#waiting];
    this.#retire();
    this.#waiting = [];
    for (const command of pending) this.#fail(command, new PodsteadError('TOOL_FAILED', `ip: closed before it did: ${command.text}`));
  }

  #enqueue(commands: Command[]): void {
    this.#waiting.push(...commands);
    if (this.#flushing) return;
    this.#flushing = true;
    // all that one turn of the engine asks for shares a barrier
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    try {
      this.#service ??= this.#start();
      for (const command of batch) {
        command.tries++;
        this.#sent.set(++this.#lineNumber, command);
        this.#service.send(command.text);
      }
      this.#lineNumber++;
      this.#service.send(BARRIER);
    } catch (error) {
      this.#retire();
      for (const command of batch) this.#fail(command, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #start(): LineService {
    const life = ++this.#life;
    this.#lineNumber = 0;
    this.#complaint = [];
    return (this.#options.start ?? startLines)(bridgeArgv(this.#options.namespace, this.#options.tools), {
      line: (line) => {
        if (life === this.#life) this.#hear(line);
      },
      exit: (reason) => {
        if (life === this.#life) this.#died(reason);
      },
    });
  }

  #hear(line: string): void {
    const number = FAILED.exec(line)?.[1];
    if (number === undefined) {
      this.#complaint.push(line);
      return;
    }
    const complaint = this.#complaint.join('\n');
    this.#complaint = [];
    const failed = this.#take(Number(number));
    if (failed) this.#fail(failed, new PodsteadError('TOOL_FAILED', `ip ${failed.text}: ${complaint}`));
    // lines are done in order: what was sent before the failed line and was not heard of has worked
    for (const [sent, command] of this.#sent) {
      if (sent > Number(number)) break;
      this.#sent.delete(sent);
      clearTimeout(command.timer);
      command.resolve();
    }
  }

  #take(line: number): Command | undefined {
    const command = this.#sent.get(line);
    this.#sent.delete(line);
    return command;
  }

  #died(reason: string): void {
    const complaint = [...this.#complaint, reason].join('\n');
    const pending = [...this.#sent.values()];
    this.#retire();
    for (const command of pending) {
      if (command.tries >= TRIES)
        this.#fail(command, new PodsteadError('TOOL_FAILED', `ip ${command.text}: its process died: ${complaint}`));
    }
    this.#enqueue(pending.filter((command) => command.tries < TRIES));
  }

  #retire(): void {
    this.#life++;
    this.#service?.close();
    this.#service = undefined;
    this.#sent = new Map();
  }

  #expire(command: Command, timeoutMs: number): void {
    const error = new PodsteadError('TOOL_TIMEOUT', `ip ${command.text}: no answer within ${timeoutMs} ms`);
    this.#waiting = this.#waiting.filter((other) => other !== command);
    const hung = [...this.#sent].some(([, other]) => other === command);
    const others = [...this.#sent.values()].filter((other) => other !== command);
    this.#fail(command, error);
    if (!hung) return;
    this.#retire();
    this.#enqueue(others);
  }

  #fail(command: Command, error: Error): void {
    clearTimeout(command.timer);
    command.reject(error);
  }
}
