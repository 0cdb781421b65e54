/** A writer that is killed at any moment: what it was told is stored is there, and nothing is there by half. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Store } from '../../src/store/store.ts';

const writer = (file: string) => `
  import { Store } from ${JSON.stringify(new URL('../../src/store/store.ts', import.meta.url).href)};
  const store = Store.open(${JSON.stringify(file)});
  const map = (name, n) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { n: String(n), pad: 'x'.repeat(2000) } });
  for (let n = 0; ; n++) {
    store.transaction(() => {
      for (const name of ['a', 'b']) {
        const object = map(name, n);
        if (n === 0) store.create(object);
        else store.update(object);
        store.records('pairs').put(name, n);
      }
    }, { durable: n % 2 === 0 });
    process.stdout.write(n + '\\n');
  }`;

describe('store, killed', () => {
  for (const after of [1, 40, 150])
    it(`after ${after} writes`, async () => {
      const dir = mkdtempSync('/tmp/p-');
      try {
        const child = spawn(process.execPath, ['--input-type=module', '-e', writer(`${dir}/store.db`)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exited = new Promise((resolve) => child.once('exit', resolve));
        let last = -1;
        for await (const line of createInterface({ input: child.stdout })) {
          last = Number(line);
          if (last >= after) child.kill('SIGKILL');
        }
        await exited;
        const store = Store.open(`${dir}/store.db`);
        const [a, b] = store.list('v1', 'ConfigMap').map((o) => (o['data'] as { n: string }).n);
        assert.equal(a, b);
        assert.deepEqual(
          store
            .records('pairs')
            .all()
            .map(([, n]) => String(n)),
          [a, b],
        );
        assert.ok(Number(a) >= last, `${a} < ${last}`);
        assert.equal(store.resourceVersion(), store.changesSince('0').at(-1)?.object.metadata.resourceVersion);
        store.close();
      } finally {
        rmSync(dir, { recursive: true });
      }
    });
});
