/** Calls to the engine over its socket. An engine that sleeps is woken and waited for. */
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { PodsteadError } from '../api/errors.ts';
import { isObject } from '../api/json.ts';
import type { ApiStatus, Stored } from '../api/objects.ts';
import { ApiError } from '../api/status.ts';

export interface ClientOptions {
  socket: string;
  /** Wakes the engine. Called when nobody listens, and now and then until somebody does. */
  connect?: () => void | Promise<void>;
  /** Throws when the socket is not to be trusted. Called before every connection. */
  guard?: () => void;
  /** Where the engine's own words are, for error texts. */
  log?: string;
  /** How long to wait for an engine to listen; 10 s. */
  deadlineMs?: number;
  /** How long an answer may take, but for what streams; 60 s. */
  answerMs?: number;
}

export interface RequestOptions {
  /** Of the body; JSON unless told. */
  contentType?: string;
  signal?: AbortSignal;
  /** Doing it twice is as good as once: it may be sent again when the engine dies over it. Reading always is. */
  idempotent?: boolean;
}

export interface WatchEvent<T = Stored> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

/** Not by import: that touches every export, and one of them loads a whole HTTP stack of its own (30 ms). */
const http = () => process.getBuiltinModule('node:http');

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
const WAKE_AGAIN_MS = 500;

type Trouble = 'nobody' | 'died' | 'other';
const troubleOf = (error: unknown): Trouble => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  // EINVAL: its path is too long for a socket, of which a start has more to say
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'EINVAL') return 'nobody';
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'died' : 'other';
};

const failureOf = async (response: IncomingMessage): Promise<ApiError> => {
  const body = await text(response);
  const remedy = response.headers['podstead-remedy'];
  const options = typeof remedy === 'string' ? { remedy: decodeURIComponent(remedy) } : {};
  const code = response.statusCode ?? 0;
  let status: ApiStatus = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, message: body || `HTTP ${code}` };
  try {
    const parsed: unknown = JSON.parse(body);
    if (isObject(parsed) && parsed['kind'] === 'Status') status = parsed as ApiStatus;
  } catch {
    // Not from the engine's own hand: the text is all there is.
  }
  return new ApiError(status, options);
};

export class Client {
  readonly #socket: string;
  readonly #connect: () => void | Promise<void>;
  readonly #guard: () => void;
  readonly #log: string | undefined;
  readonly #deadlineMs: number;
  readonly #answerMs: number;

  constructor({ socket, connect = () => {}, guard = () => {}, log, deadlineMs = 10_000, answerMs = 60_000 }: ClientOptions) {
    this.#answerMs = answerMs;
    this.#socket = socket;
    this.#connect = connect;
    this.#guard = guard;
    this.#log = log;
    this.#deadlineMs = deadlineMs;
  }

  /** The JSON of the answer. Throws ApiError, and ENGINE_UNREACHABLE when no engine answers in time. */
  async request<T = Stored>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
    const response = await this.open(method, path, body, options);
    const timer = setTimeout(() => response.destroy(this.#silent()), this.#answerMs);
    try {
      return JSON.parse(await text(response)) as T;
    } catch (error) {
      if (options.signal?.aborted || error instanceof PodsteadError) throw error;
      throw this.#unreachable(error, 'died');
    } finally {
      clearTimeout(timer);
    }
  }

  /** The answer as it comes, for what streams: its code is 2xx. Throws as request does, and what the guard throws. */
  async open(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<IncomingMessage> {
    const again = options.idempotent ?? method === 'GET';
    const start = performance.now();
    let woken = Number.NEGATIVE_INFINITY;
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      this.#guard();
      try {
        const response = await this.#send(method, path, body, options);
        if ((response.statusCode ?? 500) < 400) return response;
        const failure = await failureOf(response);
        if (failure.status.code !== 503 || performance.now() - start > this.#deadlineMs) throw failure;
      } catch (error) {
        if (error instanceof PodsteadError || options.signal?.aborted) throw error;
        const trouble = troubleOf(error);
        if (trouble === 'other' || (trouble === 'died' && !again)) throw this.#unreachable(error, trouble);
        if (performance.now() - start > this.#deadlineMs) throw this.#unreachable(error, trouble);
        if (performance.now() - woken > WAKE_AGAIN_MS) {
          woken = performance.now();
          await this.#connect();
        }
      }
      await this.#appears(wait, options.signal);
    }
  }

  /** No longer than `ms`. A look at a socket that is not there costs next to nothing, a call does not. */
  async #appears(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const once = existsSync(this.#socket);
    const end = performance.now() + ms;
    do await pause(once ? ms : FIRST_PAUSE_MS, undefined, signal ? { signal } : {});
    while (!once && !existsSync(this.#socket) && performance.now() < end);
  }

  /** Until the server ends it, or `signal` does. Throws Expired (410) when the resourceVersion is too old, and as request does. */
  async *events<T = Stored>(path: string, signal?: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const url = `${path}${path.includes('?') ? '&' : '?'}watch=true`;
    try {
      const response = await this.open('GET', url, undefined, signal ? { signal } : {});
      for await (const line of lines(response)) {
        const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: ApiStatus };
        if (event.type === 'ERROR') throw new ApiError(event.object);
        yield event;
      }
    } catch (error) {
      if (signal?.aborted || troubleOf(error) === 'died') return;
      throw error;
    }
  }

  async watch<T = Stored>(path: string, onEvent: (event: WatchEvent<T>) => void, signal?: AbortSignal): Promise<void> {
    for await (const event of this.events<T>(path, signal)) onEvent(event);
  }

  #send(
    method: string,
    path: string,
    body: unknown,
    { contentType = 'application/json', signal }: RequestOptions,
  ): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const headers = payload === undefined ? {} : { 'content-type': contentType, 'content-length': payload.length };
    return new Promise((resolve, reject) => {
      // A connection a call: one that was kept could be an engine's that sleeps by now.
      // servername: without one Node looks whether the host is an address, and compiling the expression for that takes 5 ms.
      const options = { socketPath: this.#socket, method, path, headers, agent: false, servername: '', ...(signal ? { signal } : {}) };
      const sent = http().request(options, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      // also of what streams: its head comes at once
      const timer = setTimeout(() => sent.destroy(this.#silent()), this.#answerMs);
      sent.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(payload);
    });
  }

  #silent(): PodsteadError {
    return new PodsteadError('ENGINE_UNREACHABLE', `the engine did not answer within ${this.#answerMs / 1000} s at ${this.#socket}`, {
      remedy: 'is it stopped (state T in ps)? Then kill -CONT it. See podstead doctor, and the engine log it names',
    });
  }

  #unreachable(error: unknown, trouble: Trouble): PodsteadError {
    const message = trouble === 'died' ? 'the engine ended while it was at work on this' : `no engine answers at ${this.#socket}`;
    const said = this.#log === undefined ? '' : `; the engine's last words are in ${this.#log}`;
    const remedy = trouble === 'died' ? 'look at what was done, then try again' : `podstead doctor says what is missing${said}`;
    return new PodsteadError('ENGINE_UNREACHABLE', message, { remedy, cause: error });
  }
}

async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') yield line;
  }
}
