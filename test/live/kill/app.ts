/** The application of the kill tests, the client that never stops asking it, and what may be done to it. */
import { get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BUSYBOX } from '../images.ts';

/**
 * A port that nobody listens on now. Below those that the kernel gives out: a client that asks a closed port of these can be given
 * that very port, connect to itself and so keep the listener out.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    next++;
    if (await isFree(next)) return next;
  }
};

let next = 20_000 + (process.pid % 10_000);

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const STAYS = `[sh, -c, 'trap "exit 0" TERM; sleep 100000 & wait']`;

/** A Deployment of three; a pod with an init container, a probe, a published port, a claim and a Secret. */
export const application = (port: number): string => `
apiVersion: v1
kind: Secret
metadata: {name: word}
stringData: {word: hidden}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Mi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: ${BUSYBOX}
        command: ${STAYS}
---
apiVersion: v1
kind: Pod
metadata: {name: front, labels: {app: front}}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
  - name: prepare
    image: ${BUSYBOX}
    command: [sh, -c, 'cat /secret/word >/data/index.html']
    volumeMounts: [{name: data, mountPath: /data}, {name: secret, mountPath: /secret}]
  containers:
  - name: http
    image: ${BUSYBOX}
    command: [httpd, -f, -p, '80', -h, /data]
    ports: [{containerPort: 80, hostPort: ${port}, hostIP: 127.0.0.1}]
    readinessProbe: {httpGet: {path: /index.html, port: 80}, periodSeconds: 1}
    volumeMounts: [{name: data, mountPath: /data}]
  - name: side
    image: ${BUSYBOX}
    command: ${STAYS}
  volumes:
  - name: data
    persistentVolumeClaim: {claimName: data}
  - name: secret
    secret: {secretName: word}
`;

export interface Answer {
  at: number;
  ok: boolean;
}

/** Asks without end, a new connection each time. */
export class Traffic {
  readonly #port: number;
  readonly #answers: Answer[] = [];
  #stopped = false;
  #done: Promise<void> | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  /** Asked and answered since, performance.now(). */
  since(at: number): Answer[] {
    return this.#answers.filter((answer) => answer.at >= at);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const at = performance.now();
      this.#answers.push({ at, ok: await this.#ask() });
      if (this.#answers.length > 2_000) this.#answers.splice(0, 1_000);
      await pause(15);
    }
  }

  #ask(): Promise<boolean> {
    return new Promise((resolve) => {
      const request = get({ host: '127.0.0.1', port: this.#port, path: '/', agent: false, timeout: 1_000 }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk;
        });
        response.on('end', () => resolve(response.statusCode === 200 && body === 'hidden'));
        response.on('error', () => resolve(false));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    });
  }
}
