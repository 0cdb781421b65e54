/** One HTTP request: its body, and how it is answered. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PodsteadError } from '../../api/errors.ts';
import { isObject, type JsonObject } from '../../api/json.ts';
import { type ApiError, badRequest, toApiError, tooLarge, unsupportedMediaType } from '../../api/status.ts';

/** A play carries all its objects, so this is more than one object may have. */
const MAX_BODY = 64 * 1024 * 1024;

/** An answer with another code than 200. */
export class Reply {
  readonly code: number;
  readonly body: unknown;
  constructor(code: number, body: unknown) {
    this.code = code;
    this.body = body;
  }
}

export interface Call {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** Of the route's pattern, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the client has gone or the server closes. */
  readonly signal: AbortSignal;
}

/** What it returns is sent as JSON; undefined: it has answered by itself. What it throws is sent as a Status. */
export type Handler = (call: Call) => unknown;

export const mediaType = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const readText = async (request: IncomingMessage): Promise<string> => {
  const refused = tooLarge(`a body may have up to ${MAX_BODY} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw refused;
  const chunks: Buffer[] = [];
  let size = 0;
  // The request stays open when this stops early, or there would be nowhere to answer to.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw refused;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseYaml = async (text: string): Promise<unknown> => {
  const { parse } = await import('yaml');
  return parse(text) as unknown;
};

/** JSON, or YAML when the header says so; undefined without a body. Throws BadRequest (400), TooLarge (413). */
export const readBody = async (call: Call): Promise<unknown> => {
  const text = await readText(call.request);
  if (text.trim() === '') return undefined;
  try {
    return mediaType(call.request).endsWith('yaml') ? await parseYaml(text) : (JSON.parse(text) as unknown);
  } catch (error) {
    throw badRequest(`couldn't read the body: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** Throws BadRequest (400) when it is not an object, UnsupportedMediaType (415) for protobuf. */
export const readObject = async (call: Call): Promise<JsonObject> => {
  if (mediaType(call.request).includes('protobuf')) throw unsupportedMediaType('send JSON or YAML');
  const body = await readBody(call);
  if (!isObject(body)) throw badRequest('the body must be an object');
  return body;
};

export const sendJson = (response: ServerResponse, code: number, body: unknown): void => {
  const text = JSON.stringify(body);
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
};

/** Nothing that is wrong ends the server: a handler's bug is an answer with 500. */
export const sendError = (response: ServerResponse, error: unknown): void => {
  const failed: ApiError = toApiError(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (failed.status.code === 413) response.setHeader('connection', 'close');
  const retry = failed.status.details?.retryAfterSeconds;
  if (retry !== undefined) response.setHeader('retry-after', String(retry));
  if (error instanceof PodsteadError && error.remedy !== undefined) response.setHeader('podstead-remedy', encodeURIComponent(error.remedy));
  sendJson(response, failed.status.code ?? 500, failed.status);
};
