/** grpc.health.v1.Health/Check over plain HTTP/2: one message each way, both small enough to be written by hand. */
import { connect } from 'node:http2';
import type { GrpcRequest } from '../handler.ts';
import type { DialResult } from './dial.ts';

const SERVING = 1;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const UNIMPLEMENTED = '12';

/** A varint of up to five bytes. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

/** HealthCheckRequest{service = 1} in a gRPC frame: not compressed, length in four bytes. */
export function checkMessage(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Field 1 of HealthCheckResponse; an absent one is 0. */
export function servingStatus(frame: Buffer): number {
  const body = frame.subarray(5);
  return body.length >= 2 && body[0] === 0x08 ? (body[1] ?? 0) : 0;
}

function judge(status: string | undefined, message: string | undefined, frame: Buffer): DialResult {
  if (status === UNIMPLEMENTED)
    return { ok: false, detail: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)' };
  if (status !== '0') return { ok: false, detail: `error: health rpc probe failed: code ${status ?? '?'}: ${message ?? ''}`.trimEnd() };
  const serving = servingStatus(frame);
  return serving === SERVING
    ? { ok: true, detail: '' }
    : { ok: false, detail: `service unhealthy (responded with "${STATUS_NAMES[serving] ?? serving}")` };
}

export function dialGrpc({ host, port, service, timeoutMs }: GrpcRequest): Promise<DialResult> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    const session = connect(`http://${authority}`);
    const end = (result: DialResult) => {
      clearTimeout(timer);
      session.destroy();
      resolve(result);
    };
    const failed = (error: Error) => {
      // the stream tells of the session's end only that it was cancelled
      const { message } = error.cause instanceof Error ? error.cause : error;
      end({ ok: false, detail: `error: failed to connect service at "${authority}": ${message}` });
    };
    const timer = setTimeout(
      () => end({ ok: false, detail: `timeout: failed to connect service "${authority}" within ${timeoutMs / 1000}s` }),
      timeoutMs,
    );
    session.once('error', failed);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      'user-agent': 'kube-probe/1.36',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let status: string | undefined;
    let message: string | undefined;
    const note = (headers: { [name: string]: unknown }) => {
      status = (headers['grpc-status'] as string | undefined) ?? status;
      message = (headers['grpc-message'] as string | undefined) ?? message;
    };
    stream.once('response', note);
    stream.once('trailers', note);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', failed);
    stream.once('end', () => end(judge(status, message, Buffer.concat(chunks))));
    stream.end(checkMessage(service));
  });
}
