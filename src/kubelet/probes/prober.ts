/**
 * The program in the node's network that dials for probes: a request a line on stdin, an answer a line on stdout, in the order in
 * which they are done. It ends with its stdin, so it never outlives the engine that feeds it.
 */
import { createInterface } from 'node:readline';
import type { DialRequest } from '../handler.ts';
import { type DialResult, dial } from './dial.ts';

/** `{"id": "7", "kind": "tcp", "host": "10.88.0.2", "port": 80, "timeoutMs": 1000}` */
export type ProberLine = DialRequest & { id: string };
/** `{"id": "7", "ok": false, "detail": "dial tcp 10.88.0.2:80: connect: connection refused"}` */
export type ProberAnswer = DialResult & { id: string };

async function answer(line: string): Promise<void> {
  const { id, ...request } = JSON.parse(line) as ProberLine;
  const result = await dial(request as DialRequest).catch((error: Error) => ({ ok: false, detail: error.message }));
  process.stdout.write(`${JSON.stringify({ id, ...result } satisfies ProberAnswer)}\n`);
}

if (import.meta.main) {
  // the engine is gone: nobody wants the answers that are still to come
  process.stdout.on('error', () => process.exit(0));
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => void answer(line));
  lines.on('close', () => process.exit(0));
}
