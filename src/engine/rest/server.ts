/** The Kubernetes REST API on a Unix socket that only its owner may open. */
import { chmodSync, rmSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isObject } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/objects.ts';
import { badRequest, pathNotFound } from '../../api/status.ts';
import type { Registry } from '../registry.ts';
import { type Call, Reply, readObject, sendError, sendJson } from './call.ts';
import { discovery } from './discovery.ts';
import { handleObjects } from './objects.ts';
import { decodeSegments, Router, type Routes } from './routes.ts';
import { targetOf } from './target.ts';

export { type Call, type Handler, Reply, readBody, readObject } from './call.ts';
export type { Routes } from './routes.ts';

export interface RestOptions {
  registry: Registry;
  /** More paths, looked at before Kubernetes's own: `'POST /podstead/v1/exec/:namespace/:name': handler`. */
  routes?: Routes;
  /** Objects were applied, and not as a dry run. */
  onApplied?: () => void;
  /** Called when a request comes and when one ends. */
  onActivity?: () => void;
}

const HEALTH = new Set(['healthz', 'livez', 'readyz']);
const DRAIN_MS = 2_000;

export class RestServer {
  readonly #registry: Registry;
  readonly #router: Router;
  readonly #onApplied: () => void;
  readonly #onActivity: NonNullable<RestOptions['onActivity']>;
  #server: Server | undefined;
  #path = '';
  #active = 0;
  #closing = new AbortController();

  constructor({ registry, routes = {}, onActivity = () => {}, onApplied = () => {} }: RestOptions) {
    this.#onApplied = onApplied;
    this.#registry = registry;
    this.#onActivity = onActivity;
    this.#router = new Router({ 'POST /podstead/v1/apply': (call) => this.#apply(call), ...routes });
  }

  /** A socket file that is there already is of an engine that died: it is replaced. */
  async listen(path: string): Promise<void> {
    rmSync(path, { force: true });
    this.#closing = new AbortController();
    // Not by import: that touches every export, and one of them loads a whole HTTP stack of its own (30 ms).
    const server = process
      .getBuiltinModule('node:http')
      .createServer({ keepAliveTimeout: 5_000 }, (request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path }, resolve);
    });
    chmodSync(path, 0o600);
    this.#server = server;
    this.#path = path;
  }

  /** Requests and watches that are open. */
  active(): number {
    return this.#active;
  }

  /**
   * First the socket file goes, so that new clients wait for the next engine; requests that are in are answered, watches ended.
   * Afterwards listen may be called again.
   */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    rmSync(this.#path, { force: true });
    // Who has connected before that is still in the queue: take these in.
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active++;
    this.#onActivity();
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort();
      this.#active--;
      this.#onActivity();
    });
    if (this.#closing.signal.aborted) response.setHeader('connection', 'close');
    try {
      await this.#answer(request, response, AbortSignal.any([gone.signal, this.#closing.signal]));
    } catch (error) {
      sendError(response, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', 'http://podstead');
    const segments = decodeSegments(url.pathname);
    const call: Call = { method, path: url.pathname, params: {}, query: url.searchParams, request, response, signal };
    if (segments.length === 1 && HEALTH.has(segments[0] ?? '')) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
      return;
    }
    const result = await this.#route(call, segments);
    if (result === undefined) return;
    if (result instanceof Reply) sendJson(response, result.code, result.body);
    else sendJson(response, 200, result);
  }

  #route(call: Call, segments: readonly string[]): unknown {
    const own = this.#router.find(call.method, segments);
    if (own) return own.handler({ ...call, params: own.params });
    if (call.method === 'GET') {
      const described = discovery(segments);
      if (described) return described;
    }
    if (segments[0] !== 'api' && segments[0] !== 'apis') throw pathNotFound();
    return handleObjects(call, targetOf(segments), this.#registry);
  }

  /** `{objects, dryRun, namespace}` → `{results: [{object, action}]}` */
  async #apply(call: Call): Promise<unknown> {
    const { objects, dryRun, namespace } = await readObject(call);
    if (!Array.isArray(objects) || !objects.every(isWhole))
      throw badRequest('objects must be a list of objects with apiVersion, kind and metadata');
    const placed = typeof namespace === 'string' ? objects.map((object) => inNamespace(object, namespace)) : objects;
    const results = this.#registry.applyAll(placed, { dryRun: dryRun === true, fields: 'Strict' });
    if (dryRun !== true) this.#onApplied();
    return { results };
  }
}

const isWhole = (value: unknown): value is KubeObject =>
  isObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string' && isObject(value['metadata']);

const inNamespace = (object: KubeObject, namespace: string): KubeObject =>
  object.metadata.namespace === undefined && kindOf(object.apiVersion, object.kind)?.namespaced
    ? { ...object, metadata: { ...object.metadata, namespace } }
    : object;
