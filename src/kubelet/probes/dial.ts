/** Asks something in the network whether it is well: the dialling half of probes and http hooks. No imports beyond Node: it starts fast. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import type { DialRequest, HttpRequest, TcpRequest } from '../handler.ts';

export interface DialResult {
  ok: boolean;
  /** Why not; with ok: a warning, or empty. */
  detail: string;
}

const USER_AGENT = 'kube-probe/1.36';
const MOST_REDIRECTS = 10;
const BODY_LIMIT = 10 * 1024;

export async function dial(request: DialRequest): Promise<DialResult> {
  switch (request.kind) {
    case 'tcp':
      return dialTcp(request);
    case 'http':
      return dialHttp(request);
    case 'grpc':
      return (await import('./dial-grpc.ts')).dialGrpc(request);
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** In Go's words, which people search for. */
export function netError(error: NodeJS.ErrnoException, host: string, port: number): string {
  const place = `dial tcp ${bracketed(host)}:${port}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${place}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `${place}: connect: no route to host`;
    case 'ENETUNREACH':
      return `${place}: connect: network is unreachable`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${place}: lookup ${host}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    default:
      return `${place}: ${error.message}`;
  }
}

function dialTcp({ host, port, timeoutMs }: TcpRequest): Promise<DialResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: DialResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end({ ok: false, detail: `dial tcp ${bracketed(host)}:${port}: i/o timeout` }), timeoutMs);
    socket.once('connect', () => end({ ok: true, detail: '' }));
    socket.once('error', (error) => end({ ok: false, detail: netError(error, host, port) }));
  });
}

/** What Go's client would send: its own names unless the probe gives others; an empty value takes one away. */
export function requestHeaders(given: readonly [string, string][]): { [name: string]: string | string[] } {
  const headers = new Map<string, string[]>([
    ['user-agent', [USER_AGENT]],
    ['accept', ['*/*']],
  ]);
  const seen = new Set<string>();
  for (const [name, value] of given) {
    const key = name.toLowerCase();
    headers.set(key, seen.has(key) ? [...(headers.get(key) ?? []), value] : [value]);
    seen.add(key);
  }
  const sent = [...headers].filter(([name, values]) => !((name === 'user-agent' || name === 'accept') && values.every((v) => v === '')));
  return Object.fromEntries(sent.map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]));
}

async function dialHttp(request: HttpRequest): Promise<DialResult> {
  const start = new URL(`${request.scheme}://${bracketed(request.host)}:${request.port}${request.path}`);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), request.timeoutMs);
  try {
    return await follow(start, request, abort.signal);
  } catch (error) {
    if (abort.signal.aborted) return { ok: false, detail: `Get "${start}": context deadline exceeded` };
    return { ok: false, detail: `Get "${start}": ${netError(error as NodeJS.ErrnoException, request.host, request.port)}` };
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

async function follow(start: URL, request: HttpRequest, signal: AbortSignal): Promise<DialResult> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await get(url, requestHeaders(request.headers), signal);
    if (request.anyAnswer) return { ok: true, detail: '' };
    const target = redirectTarget(answer, url);
    if (target === undefined) return judge(answer.status, answer.body);
    if (target.hostname !== start.hostname) return { ok: true, detail: `Probe terminated redirects, Response body: ${answer.body}` };
    if (redirects + 1 >= MOST_REDIRECTS) return { ok: false, detail: `Get "${target}": stopped after ${MOST_REDIRECTS} redirects` };
    url = target;
  }
}

const judge = (status: number, _body: string): DialResult =>
  status >= 200 && status < 400 ? { ok: true, detail: '' } : { ok: false, detail: `HTTP probe failed with statuscode: ${status}` };

interface Answer {
  status: number;
  location: string | undefined;
  body: string;
}

function redirectTarget({ status, location }: Answer, url: URL): URL | undefined {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  return URL.canParse(location, url) ? new URL(location, url) : undefined;
}

async function get(url: URL, headers: RequestOptions['headers'], signal: AbortSignal): Promise<Answer> {
  // the certificate is not looked at: a probe asks whether it answers, not who it is
  const options = { headers, agent: false, signal, insecureHTTPParser: true, rejectUnauthorized: false, setHost: true } as const;
  const send = url.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = send(url, options, (response) => void readAnswer(response).then(resolve, reject));
    sent.once('error', reject);
    sent.end();
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= BODY_LIMIT) break;
  }
  const body = Buffer.concat(chunks).subarray(0, BODY_LIMIT).toString();
  return { status: response.statusCode ?? 0, location: response.headers.location, body };
}
