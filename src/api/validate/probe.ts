/** Probes and lifecycle hooks: what they call, and how often. */
import { has, numberAt, recordAt, recordsAt, stringsAt, textAt } from '../fields.ts';
import { isObject, type JsonObject } from '../json.ts';
import { checkPortName, checkPortNumber } from '../name.ts';
import type { Report } from './report.ts';

/** A number, or the name of a container port. */
export const checkPort = (port: unknown, path: string, report: Report): void => {
  if (typeof port === 'string') report.invalidAll(path, port, checkPortName(port));
  else report.invalidAll(path, port ?? 0, checkPortNumber(typeof port === 'number' ? port : 0));
};

const HEADER = /^[-A-Za-z0-9]+$/;

const checkHttp = (http: JsonObject, path: string, report: Report): void => {
  if (textAt(http, 'path') === '') report.required(`${path}.path`);
  checkPort(http['port'], `${path}.port`, report);
  report.oneOf(`${path}.scheme`, http['scheme'], ['HTTP', 'HTTPS'], false);
  for (const header of recordsAt(http, 'httpHeaders'))
    if (!HEADER.test(textAt(header, 'name'))) report.invalid(`${path}.httpHeaders`, textAt(header, 'name'), 'is not the name of a header');
};

const checkSleep = (sleep: JsonObject, path: string, grace: number, report: Report): void => {
  const seconds = numberAt(sleep, 'seconds') ?? 0;
  if (seconds < 0 || seconds > grace) report.invalid(path, seconds, `must be between 0 and the grace period of ${grace} seconds`);
};

type Handler = (action: JsonObject, path: string, report: Report, grace: number) => void;
const HANDLERS: Readonly<Record<string, Handler>> = {
  exec: (exec, path, report) => {
    if (stringsAt(exec, 'command').length === 0) report.required(`${path}.command`);
  },
  httpGet: checkHttp,
  tcpSocket: (tcp, path, report) => checkPort(tcp['port'], `${path}.port`, report),
  grpc: (grpc, path, report) => checkPort(numberAt(grpc, 'port') ?? 0, `${path}.port`, report),
  sleep: (sleep, path, report, grace) => checkSleep(sleep, path, grace, report),
};

const checkHandler = (handler: JsonObject, path: string, grace: number, report: Report): void => {
  let first: string | undefined;
  for (const [name, check] of Object.entries(HANDLERS)) {
    const action = handler[name];
    if (!isObject(action)) continue;
    if (first !== undefined) report.forbidden(`${path}.${name}`, `there is already ${first}: only one action each`);
    else check(action, `${path}.${name}`, report, grace);
    first ??= name;
  }
  if (first === undefined) report.required(path, 'exec, httpGet, tcpSocket or another action');
};

const COUNTS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];

const checkProbe = (probe: JsonObject, path: string, kind: string, report: Report): void => {
  checkHandler(probe, path, Number.POSITIVE_INFINITY, report);
  for (const field of COUNTS) report.notNegative(`${path}.${field}`, numberAt(probe, field));
  const grace = numberAt(probe, 'terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0) report.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be more than 0');
  if (kind === 'readinessProbe') {
    if (grace !== undefined) report.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'a readiness probe ends nothing');
  } else if (numberAt(probe, 'successThreshold') !== 1)
    report.invalid(`${path}.successThreshold`, probe['successThreshold'], 'must be 1 here');
};

export const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

export const checkProbes = (container: JsonObject, path: string, report: Report): void => {
  for (const kind of PROBES) {
    const probe = recordAt(container, kind);
    if (probe) checkProbe(probe, `${path}.${kind}`, kind, report);
  }
};

export const checkLifecycle = (container: JsonObject, path: string, grace: number, report: Report): void => {
  const lifecycle = recordAt(container, 'lifecycle');
  for (const hook of ['postStart', 'preStop']) {
    const handler = recordAt(lifecycle, hook);
    if (handler) checkHandler(handler, `${path}.lifecycle.${hook}`, grace, report);
  }
};

/** A container that only runs to its end has none of these. */
export const forbidProbes = (container: JsonObject, path: string, report: Report): void => {
  for (const field of ['lifecycle', ...PROBES])
    if (has(container, field)) report.forbidden(`${path}.${field}`, 'an init container without restartPolicy: Always has none');
};
