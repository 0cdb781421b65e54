import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseFaults } from '../../src/host/fault-point.ts';

const module = join(import.meta.dirname, '../../src/host/fault-point.ts');
const run = (fault: string) => {
  const script = `import { faultPoint } from '${module}';
    for (let n = 1; n <= 3; n++) try { faultPoint('write'); console.log(n); } catch (e) { console.log(n, e.code ?? e.message); }`;
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: fault === '' ? {} : { PODSTEAD_FAULT: fault },
    encoding: 'utf8',
  });
  return { stdout, signal };
};

describe('fault point', () => {
  const rows: { name: string; fault: string; want: ReturnType<typeof run> }[] = [
    { name: 'not asked for', fault: '', want: { stdout: '1\n2\n3\n', signal: null } },
    { name: 'another name', fault: 'rename:throw', want: { stdout: '1\n2\n3\n', signal: null } },
    { name: 'throws', fault: 'write:throw', want: { stdout: '1 fault injected at write\n2\n3\n', signal: null } },
    { name: 'the second time', fault: 'write:2:enospc', want: { stdout: '1\n2 ENOSPC\n3\n', signal: null } },
    { name: 'dies', fault: 'write:3:kill', want: { stdout: '1\n2\n', signal: 'SIGKILL' } },
    { name: 'two of them', fault: 'write:throw,write:2:kill', want: { stdout: '1 fault injected at write\n', signal: 'SIGKILL' } },
  ];
  for (const row of rows) it(row.name, () => assert.deepEqual(run(row.fault), row.want));

  it('a name may hold a colon', () => {
    assert.deepEqual(parseFaults('spawn:crun:2:kill'), [{ name: 'spawn:crun', at: 2, kind: 'kill', seen: 0 }]);
  });
  it('what it does not understand is refused', () => assert.throws(() => parseFaults('write:explode'), /write:explode: not NAME/));
});
