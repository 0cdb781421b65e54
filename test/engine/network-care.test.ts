import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkCare } from '../../src/engine/network-care.ts';
import { formatRef, processRef } from '../../src/host/process.ts';
import { until } from '../live/until.ts';

const NOW = 1_000_000;

describe('care of the network', () => {
  let dir: string;
  let now: number;
  let needed: boolean;
  let jobs: string[];
  let told: string[];
  let care: NetworkCare;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    [now, needed, jobs, told] = [NOW, true, [], []];
    care = new NetworkCare({
      directory: dir,
      pool: {
        job: async (script) => {
          jobs.push(script.includes('dns') ? 'dns' : 'egress');
          return 0;
        },
      },
      needed: () => needed,
      now: () => now,
      tell: (line) => told.push(line),
    });
    writeFileSync(join(dir, 'egress'), 'pasta\n');
    writeFileSync(join(dir, 'dns.err'), 'dnsmasq: not found\n');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const runs = (name: string) => writeFileSync(join(dir, `${name}.pid`), formatRef(processRef(process.pid) ?? { pid: 1, start: '0' }));
  const dies = (name: string) => rmSync(join(dir, `${name}.pid`));
  /** Everything that follows from a look at `at`: what was started, and what is due. */
  const look = async (at: number) => {
    now = at;
    jobs.length = 0;
    care.look();
    await until(() => care.idle, { what: 'its end' });
    return { jobs: [...jobs], due: care.due };
  };

  it('what ends at once is tried again later and later, and told once', async () => {
    runs('egress');
    assert.deepEqual(await look(NOW), { jobs: ['dns'], due: undefined });
    assert.deepEqual(await look(NOW + 10), { jobs: ['dns'], due: undefined });
    assert.deepEqual(await look(NOW + 20), { jobs: [], due: NOW + 10 + 500 });
    assert.deepEqual(await look(NOW + 600), { jobs: ['dns'], due: undefined });
    assert.deepEqual(await look(NOW + 610), { jobs: [], due: NOW + 600 + 1000 });
    assert.deepEqual(told, ['network: dnsmasq ends whenever it is started, pods cannot look up names: dnsmasq: not found']);
  });

  it('the way out is tried again when it is due', async () => {
    runs('dns');
    assert.deepEqual(await look(NOW), { jobs: ['egress'], due: undefined });
    assert.deepEqual(await look(NOW + 10), { jobs: ['egress'], due: undefined });
    assert.deepEqual(await look(NOW + 20), { jobs: [], due: NOW + 10 + 500 });
  });

  it('what worked for long is brought back at once', async () => {
    runs('dns');
    runs('egress');
    assert.deepEqual(await look(NOW), { jobs: [], due: undefined });
    dies('dns');
    dies('egress');
    assert.deepEqual(await look(NOW + 60_000), { jobs: ['dns', 'egress'], due: undefined });
  });

  it('nothing is due when no pod needs it', async () => {
    needed = false;
    for (const at of [0, 10]) assert.deepEqual(await look(NOW + at), { jobs: ['dns'], due: undefined });
    assert.deepEqual(await look(NOW + 20), { jobs: [], due: undefined });
  });
});
