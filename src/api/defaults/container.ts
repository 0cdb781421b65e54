/** Defaults of containers and probes. */
import { has, recordAt, recordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { roundResources } from './resources.ts';
import { ensureRecord, setDefault } from './set.ts';
import { defaultFieldRefs, pullPolicyOf } from './volume.ts';

const defaultHttpGet = (handler: JsonObject): void => {
  const http = recordAt(handler, 'httpGet');
  if (!http) return;
  setDefault(http, 'path', '/');
  setDefault(http, 'scheme', 'HTTP');
};

const defaultProbe = (probe: JsonObject): void => {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  defaultHttpGet(probe);
  const grpc = recordAt(probe, 'grpc');
  if (grpc) setDefault(grpc, 'service', '');
};

const defaultEnv = (container: JsonObject): void => {
  for (const variable of recordsAt(container, 'env')) {
    const from = recordAt(variable, 'valueFrom');
    if (!from) continue;
    defaultFieldRefs(from);
    const file = recordAt(from, 'fileKeyRef');
    if (file) setDefault(file, 'optional', false);
  }
};

export const defaultContainer = (container: JsonObject, hostNetwork: boolean): void => {
  setDefault(container, 'imagePullPolicy', pullPolicyOf(String(container['image'] ?? '')));
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  for (const port of recordsAt(container, 'ports')) {
    setDefault(port, 'protocol', 'TCP');
    if (hostNetwork && has(port, 'containerPort')) setDefault(port, 'hostPort', port['containerPort']);
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = recordAt(container, name);
    if (probe) defaultProbe(probe);
  }
  const lifecycle = recordAt(container, 'lifecycle');
  for (const name of ['postStart', 'preStop']) {
    const hook = recordAt(lifecycle, name);
    if (hook) defaultHttpGet(hook);
  }
  defaultEnv(container);
  roundResources(ensureRecord(container, 'resources'));
};
