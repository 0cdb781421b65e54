import assert from 'node:assert/strict';
import { LogWriter } from '../../src/cli/log-writer.ts';

describe('the writer of logs', () => {
  const written: string[] = [];
  beforeEach(() => written.splice(0));
  const writer = () => new LogWriter({ bytes: async (bytes) => void written.push(Buffer.from(bytes).toString()) });
  const added = async (to: LogWriter, ...pieces: [source: string, text: string][]) => {
    for (const [source, text] of pieces) await to.add(source, Buffer.from(text));
  };

  it('writes at once what comes at once', async () => {
    const to = writer();
    await added(to, ['a', 'one\n'], ['a', 'two\n']);
    assert.deepEqual(written, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(written, ['one\ntwo\n']);
  });
  it('does not keep much', async () => {
    await added(writer(), ['a', 'x'.repeat(70_000)]);
    assert.deepEqual(
      written.map(({ length }) => length),
      [70_000],
    );
  });
  it('begins a new line for another source, and only then', async () => {
    const to = writer();
    await added(to, ['a', 'un'], ['a', 'finished'], ['b', 'b\n'], ['a', 'end']);
    await to.flush();
    assert.deepEqual(written, ['unfinished\nb\nend']);
  });
});
