/** Which listeners should run for the ports of the pods, and what they are called on disk. Pure. */
import type { ProcessRef } from '../host/process.ts';
import type { PublishedPort } from './published.ts';

/** A listener: a port of this machine that leads to a port of a pod. */
export interface Forward {
  readonly hostIp: string;
  readonly hostPort: number;
  /** The pod's address. */
  readonly address: string;
  readonly containerPort: number;
}
export interface Listener extends Forward {
  readonly process: ProcessRef;
}

/** File name without suffix; says everything about a listener, so that its file needs no more than the process. */
export const forwardName = (f: Forward): string => `${f.hostIp}-${f.hostPort}-${f.address}-${f.containerPort}`;

export const parseForwardName = (name: string): Forward | undefined => {
  const match = /^([0-9a-f.:]+)-(\d+)-([0-9.]+)-(\d+)$/.exec(name);
  if (!match) return undefined;
  const [, hostIp = '', hostPort, address = '', containerPort] = match;
  return { hostIp, hostPort: Number(hostPort), address, containerPort: Number(containerPort) };
};

/** A pod with its own network, its address known. */
export interface ForwardedPod {
  address: string;
  ports: readonly PublishedPort[];
}

/** Only TCP is forwarded; preflight and admission refuse the rest by name. */
export const forwardsOf = (pod: ForwardedPod): Forward[] =>
  pod.ports
    .filter((port) => port.protocol === 'TCP')
    .map(({ hostIp, hostPort, containerPort }) => ({ hostIp, hostPort, address: pod.address, containerPort }));

export interface PortPlan {
  /** Before anything is started: an old listener may hold the port of a new one. */
  stop: Listener[];
  start: Forward[];
}

export const portPlan = (pods: readonly ForwardedPod[], running: readonly Listener[]): PortPlan => {
  const wanted = new Map(pods.flatMap(forwardsOf).map((forward) => [forwardName(forward), forward]));
  const kept = new Map<string, Listener>();
  const stop: Listener[] = [];
  for (const listener of running) {
    const name = forwardName(listener);
    if (wanted.has(name) && !kept.has(name)) kept.set(name, listener);
    else stop.push(listener);
  }
  return { stop, start: [...wanted].filter(([name]) => !kept.has(name)).map(([, forward]) => forward) };
};
