/** What a probe or a lifecycle hook does, as data for whoever runs it. Pure. */
import { expand } from '../api/expansion.ts';
import type { Container, LifecycleHandler, Probe } from '../api/objects.ts';

export interface HttpRequest {
  kind: 'http';
  /** Name or address without brackets. */
  host: string;
  port: number;
  /** With the query. */
  path: string;
  scheme: 'http' | 'https';
  /** In order; a name may come twice. */
  headers: [string, string][];
  timeoutMs: number;
  /** A hook: whatever the answer is, it has worked. */
  anyAnswer?: boolean;
}
export interface TcpRequest {
  kind: 'tcp';
  host: string;
  port: number;
  timeoutMs: number;
}
export interface GrpcRequest {
  kind: 'grpc';
  host: string;
  port: number;
  service: string;
  timeoutMs: number;
}
export interface ExecRequest {
  kind: 'exec';
  command: string[];
  /** Absent: as long as it takes. */
  timeoutMs?: number;
}
export interface SleepRequest {
  kind: 'sleep';
  seconds: number;
}
/** What is dialled through the network. */
export type DialRequest = HttpRequest | TcpRequest | GrpcRequest;
export type HandlerFault = { fault: string };

export interface HandlerContext {
  container: Container;
  /** The pod's address; the machine's with hostNetwork. */
  podIP: string;
}

/** A hook over the network that nothing else limits. */
const HOOK_HTTP_TIMEOUT_MS = 3_600_000;
const DEFAULT_PROBE_SECONDS = 1;

/** A number, a number as text, or the name of one of the container's ports. */
export function portNumber(port: number | string | undefined, container: Container): number | undefined {
  const named = container.ports?.find((p) => p.name === port)?.containerPort;
  const number = named ?? Number(port);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined;
}

const badPort = (port: number | string | undefined, { container }: HandlerContext): HandlerFault => ({
  fault: `container ${container.name}: ${port} is neither a port number nor the name of one of its ports`,
});

type HttpGet = NonNullable<Probe['httpGet']>;

function httpRequest(get: HttpGet, context: HandlerContext, timeoutMs: number, emptyPort?: number): HttpRequest | HandlerFault {
  const port = get.port === ('' as typeof get.port) ? emptyPort : portNumber(get.port, context.container);
  if (port === undefined) return badPort(get.port, context);
  const path = get.path ?? '/';
  return {
    kind: 'http',
    host: get.host || context.podIP,
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    scheme: get.scheme?.toUpperCase() === 'HTTPS' ? 'https' : 'http',
    headers: (get.httpHeaders ?? []).map(({ name, value }) => [name, value]),
    timeoutMs,
  };
}

/** Only values that stand in the manifest: what comes from elsewhere counts as empty, as in Kubernetes. */
const literalEnv = (container: Container): Map<string, string> =>
  new Map((container.env ?? []).map(({ name, value }) => [name, value ?? '']));

export function probeRequest(probe: Probe, context: HandlerContext): DialRequest | ExecRequest | HandlerFault {
  const timeoutMs = (probe.timeoutSeconds ?? DEFAULT_PROBE_SECONDS) * 1000;
  if (probe.exec) {
    const env = literalEnv(context.container);
    return { kind: 'exec', command: (probe.exec.command ?? []).map((word) => expand(word, env)), timeoutMs };
  }
  if (probe.httpGet) return httpRequest(probe.httpGet, context, timeoutMs);
  if (probe.tcpSocket) {
    const port = portNumber(probe.tcpSocket.port, context.container);
    if (port === undefined) return badPort(probe.tcpSocket.port, context);
    return { kind: 'tcp', host: probe.tcpSocket.host || context.podIP, port, timeoutMs };
  }
  if (probe.grpc) return { kind: 'grpc', host: context.podIP, port: probe.grpc.port, service: probe.grpc.service ?? '', timeoutMs };
  return { fault: `container ${context.container.name}: the probe says neither exec, httpGet, tcpSocket nor grpc` };
}

/** `timeoutMs`: what is left of the grace, for preStop. */
export function hookRequest(
  handler: LifecycleHandler,
  context: HandlerContext,
  timeoutMs?: number,
): HttpRequest | ExecRequest | SleepRequest | HandlerFault {
  if (handler.exec) return { kind: 'exec', command: [...(handler.exec.command ?? [])], ...(timeoutMs !== undefined && { timeoutMs }) };
  if (handler.sleep) return { kind: 'sleep', seconds: handler.sleep.seconds };
  if (handler.httpGet) {
    const request = httpRequest(handler.httpGet, context, timeoutMs ?? HOOK_HTTP_TIMEOUT_MS, 80);
    return 'fault' in request ? request : { ...request, anyAnswer: true };
  }
  return { fault: `container ${context.container.name}: the hook says neither exec, httpGet nor sleep` };
}
