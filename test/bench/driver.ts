/** A shell that runs one command after the other and says when each has ended: the three sides are timed in exactly the same way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { quoteAll } from '../../src/host/worker.ts';

const LOOP = 'while IFS= read -r line; do eval "$line"; echo "= $?"; done';
const TIMEOUT_MS = 60_000;

export interface DriverOptions {
  /** What to put before the shell, to be somebody or somewhere else: `setpriv …`, `peer/podman run`. */
  prefix: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Where the commands' output goes: a file that whoever runs them may write. */
  output: string;
  /** Shell functions that commands may use. */
  functions?: string;
}

export class Driver {
  readonly #child: ChildProcess;
  readonly #output: string;
  #heard = '';
  #waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  #stderr = '';

  constructor({ prefix, env, output, functions = '' }: DriverOptions) {
    this.#output = output;
    writeFileSync(output, '');
    chmodSync(output, 0o666);
    const [file = 'sh', ...args] = [...prefix, 'sh', '-c', `umask 022; cd /\n${functions}\n${LOOP}`, 'driver'];
    this.#child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#hear(String(chunk)));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk;
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.on('error', (error) => this.#waiting?.reject(error));
    this.#child.on('exit', (code) => this.#waiting?.reject(new Error(`the shell ended with ${code}: ${this.#stderr}`)));
  }

  time(command: readonly string[]): Promise<number> {
    return this.shell(quoteAll(command));
  }

  /** Milliseconds from the start to the end of one line of shell text. Throws with its output when it fails. */
  async shell(line: string): Promise<number> {
    const began = performance.now();
    const status = await this.#send(`{ ${line}; } >${quoteAll([this.#output])} 2>&1 </dev/null`);
    const ms = performance.now() - began;
    if (status !== 0) throw new Error(`${line}: ${status}\n${readFileSync(this.#output, 'utf8')}${this.#stderr}`);
    return ms;
  }

  /** What the command writes. */
  async text(command: readonly string[]): Promise<string> {
    await this.time(command);
    return readFileSync(this.#output, 'utf8').trim();
  }

  close(): void {
    this.#child.stdin?.end();
  }

  #send(line: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not done after ${TIMEOUT_MS} ms: ${line}\n${readFileSync(this.#output, 'utf8')}`)),
        TIMEOUT_MS,
      );
      const done = () => {
        clearTimeout(timer);
        this.#waiting = undefined;
      };
      this.#waiting = {
        resolve: (status) => {
          done();
          resolve(status);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      this.#child.stdin?.write(`${line}\n`);
    });
  }

  #hear(text: string): void {
    this.#heard += text;
    const found = /^= (\d+)\n/m.exec(this.#heard);
    if (!found) return;
    this.#heard = '';
    this.#waiting?.resolve(Number(found[1]));
  }
}
