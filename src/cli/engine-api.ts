/** The engine as commands see it: its REST API, and how it is started. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import type { KindInfo } from '../api/kinds.ts';
import type { KubeObject, Stored } from '../api/objects.ts';
import { isApiError } from '../api/status.ts';
import { Client } from '../engine/client.ts';
import { follow } from '../engine/follow.ts';
import { checkPrivateDirectory } from '../host/files.ts';
import { ensureHolder } from '../host/launch.ts';
import type { Paths } from '../host/paths.ts';
import { findTools, requireAll } from '../host/tools.ts';
import { choosePodRange } from '../network/address.ts';
import { readHostNetworks } from '../network/host-routes.ts';
import type { Api, Applied, DeleteOptions } from './api.ts';

/** Where a kind's objects, or one of them, are. */
export function pathOf(kind: KindInfo, namespace: string | undefined, name?: string): string {
  const root = kind.group === '' ? `/api/${kind.apiVersion}` : `/apis/${kind.apiVersion}`;
  const place = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${place}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

const query = (dryRun: boolean | undefined): string => (dryRun ? '?dryRun=All' : '');

export class EngineApi implements Api {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  async get(kind: KindInfo, namespace: string, name: string): Promise<Stored | undefined> {
    try {
      return await this.client.request('GET', pathOf(kind, namespace, name));
    } catch (error) {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async list(kind: KindInfo, namespace: string | undefined): Promise<Stored[]> {
    return (await this.client.request<{ items: Stored[] }>('GET', pathOf(kind, namespace))).items;
  }

  async apply(objects: readonly KubeObject[], options: { dryRun?: boolean } = {}): Promise<Applied[]> {
    const body = { objects, dryRun: options.dryRun === true };
    const { results } = await this.client.request<{ results: Applied[] }>('POST', '/podstead/v1/apply', body, { idempotent: true });
    return results;
  }

  create(kind: KindInfo, object: KubeObject, options: { dryRun?: boolean } = {}): Promise<Stored> {
    return this.client.request('POST', `${pathOf(kind, object.metadata.namespace)}${query(options.dryRun)}`, object);
  }

  patch(kind: KindInfo, namespace: string, name: string, patch: unknown, options: { dryRun?: boolean } = {}): Promise<Stored> {
    const how = { contentType: 'application/merge-patch+json', idempotent: true };
    return this.client.request('PATCH', `${pathOf(kind, namespace, name)}${query(options.dryRun)}`, patch, how);
  }

  async remove(kind: KindInfo, namespace: string, name: string, options: DeleteOptions = {}): Promise<void> {
    const { gracePeriodSeconds, propagationPolicy, uid, dryRun } = options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      ...(uid === undefined ? {} : { preconditions: { uid } }),
      ...(dryRun ? { dryRun: ['All'] } : {}),
    };
    await this.client.request('DELETE', pathOf(kind, namespace, name), body, { idempotent: true });
  }

  async resume(): Promise<void> {
    await this.client.request('POST', '/podstead/v1/resume', {}, { idempotent: true });
  }

  async stop(): Promise<void> {
    await this.client.request('POST', '/podstead/v1/stop', {}, { idempotent: true });
  }

  state() {
    return this.client.request<{ active: boolean; holding: boolean; busy: number }>('GET', '/podstead/v1/state');
  }

  watch(kind: KindInfo, namespace: string | undefined, signal: AbortSignal, only?: Stored) {
    const selector = only ? `?fieldSelector=metadata.name%3D${encodeURIComponent(only.metadata.name)}` : '';
    return follow(this.client, `${pathOf(kind, namespace)}${selector}`, signal, only);
  }
}

/** Does not start anything yet: the first call does. */
export function connectEngine(paths: Paths, env: NodeJS.ProcessEnv): EngineApi {
  return new EngineApi(
    new Client({
      socket: paths.socket,
      connect: () => wakeEngine(paths, env),
      guard: () => checkPrivateDirectory(paths.run, paths.uid),
      log: paths.engineLog,
    }),
  );
}

/** Throws what ensureHolder throws, TOOL_MISSING for all that the engine needs, and HOST_UNSUPPORTED elsewhere than on Linux. */
export async function wakeEngine(paths: Paths, env: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform !== 'linux') {
    throw new PodsteadError('HOST_UNSUPPORTED', `pods run on Linux only, and this is ${process.platform}`, {
      remedy: 'validate and generate work here',
    });
  }
  const network = async () => {
    const range = choosePodRange(env['PODSTEAD_POD_CIDR'], await readHostNetworks());
    return { bridge: `${range.bridge}/${range.prefix}`, cidr: range.cidr };
  };
  const tools = findTools(env);
  requireAll(tools);
  await ensureHolder(paths, tools, { engine: [process.execPath, engineProgram()], network, env });
}

/** Beside us when built, else the source. */
function engineProgram(): string {
  const here = import.meta.dirname;
  const candidates = [join(here, 'engine.js'), join(here, '../engine.js'), join(here, '../engine/main.ts')];
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined) throw new PodsteadError('IO', `the engine is missing beside ${here}`, { remedy: 'make build' });
  return found;
}
