import assert from 'node:assert/strict';
import { Prober, type StartProber } from '../../../src/kubelet/probes/prober-client.ts';

const TCP = { kind: 'tcp', host: '10.88.0.2', port: 80, timeoutMs: 1000 } as const;

class Fake {
  started = 0;
  closed = 0;
  lines: string[] = [];
  answer: (result: object) => void = () => undefined;
  die: (reason: string) => void = () => undefined;
  start: StartProber = ({ onLine, onExit }) => {
    this.started += 1;
    this.answer = (result) => onLine(JSON.stringify(result));
    this.die = onExit;
    const close = () => {
      this.closed += 1;
      onExit('exit 0');
    };
    return { send: (line) => this.lines.push(line), close };
  };
}

describe('asking the prober', () => {
  it('one process for all, answers in any order', async () => {
    const fake = new Fake();
    const prober = new Prober(fake.start);
    const answers = [prober.ask(TCP), prober.ask({ ...TCP, port: 81 })];
    assert.deepEqual(
      fake.lines.map((l) => JSON.parse(l)),
      [
        { id: '1', ...TCP },
        { id: '2', ...TCP, port: 81 },
      ],
    );
    fake.answer({ id: '2', ok: false, detail: 'no' });
    fake.answer({ id: '1', ok: true, detail: '' });
    assert.deepEqual(await Promise.all(answers), [
      { ok: true, detail: '' },
      { ok: false, detail: 'no' },
    ]);
    assert.equal(fake.started, 1);
    prober.close();
  });
  it('it dies: those who wait are told, the next one starts another', async () => {
    const fake = new Fake();
    const prober = new Prober(fake.start);
    const lost = prober.ask(TCP);
    fake.die('SIGKILL');
    await assert.rejects(lost, { code: 'TOOL_FAILED', message: 'the prober ended: SIGKILL' });
    const answer = prober.ask(TCP);
    fake.answer({ id: '2', ok: true, detail: '' });
    assert.deepEqual([await answer, fake.started], [{ ok: true, detail: '' }, 2]);
    prober.close();
  });
  it('it hangs: it is ended, those who wait are told, the next one starts another', async () => {
    const fake = new Fake();
    const prober = new Prober(fake.start, 60_000, 1);
    const hook = prober.ask({ ...TCP, timeoutMs: 3_600_000 });
    const lost = prober.ask({ ...TCP, timeoutMs: 1 });
    const told = { code: 'TOOL_FAILED', message: 'the prober ended: it gave no answer' };
    await Promise.all([assert.rejects(hook, told), assert.rejects(lost, told)]);
    const answer = prober.ask(TCP);
    fake.answer({ id: '3', ok: true, detail: '' });
    assert.deepEqual([await answer, fake.started, fake.closed], [{ ok: true, detail: '' }, 2, 1]);
    prober.close();
  });
  it('nobody asks any more: it ends', async () => {
    const fake = new Fake();
    const prober = new Prober(fake.start, 1);
    const answer = prober.ask(TCP);
    fake.answer({ id: '1', ok: true, detail: '' });
    await answer;
    const deadline = Date.now() + 2000;
    while (fake.closed === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(fake.closed, 1);
  });
});
