import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { instantOf, isBefore, type LogEntry, parseLogLine } from '../../src/runtime/log-line.ts';
import { logOutput, type OutputOptions } from '../../src/runtime/log-output.ts';
import { followLog, type LogOptions, readLog } from '../../src/runtime/logs.ts';

const T = (seconds: number) => `2026-01-01T00:00:${String(seconds).padStart(2, '0')}.000000001+00:00`;
const entry = (seconds: number, text: string, stream = 'stdout', tag = 'F') => `${T(seconds)} ${stream} ${tag} ${text}\n`;

const bytesOf = async (entries: AsyncIterable<LogEntry>, options: OutputOptions = {}): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of logOutput(entries, options)) parts.push(part);
  return Buffer.concat(parts).toString();
};

describe('log-line', () => {
  const rows: { name: string; line: string; want: (Omit<LogEntry, 'content'> & { content: string }) | undefined }[] = [
    {
      name: 'a whole line',
      line: `${T(1)} stdout F text`,
      want: { time: '2026-01-01T00:00:01.000000001Z', stream: 'stdout', partial: false, content: 'text' },
    },
    {
      name: 'a part, with blanks',
      line: '2026-01-01T01:00:00+01:00 stderr P  a  b ',
      want: { time: '2026-01-01T01:00:00+01:00', stream: 'stderr', partial: true, content: ' a  b ' },
    },
    {
      name: 'an empty line',
      line: `${T(1)} stdout F `,
      want: { time: '2026-01-01T00:00:01.000000001Z', stream: 'stdout', partial: false, content: '' },
    },
    {
      name: 'an empty line without its blank',
      line: `${T(1)} stdout F`,
      want: { time: '2026-01-01T00:00:01.000000001Z', stream: 'stdout', partial: false, content: '' },
    },
    {
      name: 'more tags',
      line: `${T(1)} stdout F:x:y text`,
      want: { time: '2026-01-01T00:00:01.000000001Z', stream: 'stdout', partial: false, content: 'text' },
    },
    { name: 'another stream', line: `${T(1)} stdin F text`, want: undefined },
    { name: 'cut off', line: '2026-01-01T00:00', want: undefined },
    { name: 'nothing', line: '', want: undefined },
  ];
  for (const { name, line, want } of rows)
    it(name, () => {
      const parsed = parseLogLine(Buffer.from(line));
      assert.deepEqual(parsed && { ...parsed, content: parsed.content.toString() }, want);
    });

  it('instants compare to the nanosecond, whatever their zone', () => {
    const at = (text: string) => instantOf(text) ?? assert.fail(text);
    assert.equal(isBefore(at('2026-01-01T00:00:00.1Z'), at('2026-01-01T00:00:00.100000001Z')), true);
    assert.equal(isBefore(at('2026-01-01T00:00:00.100000001Z'), at('2026-01-01T00:00:00.1Z')), false);
    assert.equal(isBefore(at('2026-01-01T01:00:00.5+01:00'), at('2026-01-01T00:00:00.5Z')), false);
    assert.equal(instantOf('yesterday'), undefined);
  });
});

describe('logs', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-log-');
    file = join(dir, '0.log');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const text = [
    entry(1, 'one'),
    entry(2, 'two', 'stderr'),
    entry(3, 'thr', 'stdout', 'P'),
    entry(4, 'ee'),
    entry(5, ''),
    entry(6, 'fi', 'stdout', 'P'),
  ].join('');
  const rows: { name: string; options?: LogOptions; show?: OutputOptions; want: string }[] = [
    { name: 'all of it; an unfinished line stays unfinished', want: 'one\ntwo\nthree\n\nfi' },
    { name: 'the last line', options: { tail: 1 }, want: 'fi' },
    { name: 'a line of parts is one line', options: { tail: 3 }, want: 'three\n\nfi' },
    { name: 'more than there is', options: { tail: 100 }, want: 'one\ntwo\nthree\n\nfi' },
    { name: 'no line', options: { tail: 0 }, want: '' },
    { name: 'since a time, inclusive', options: { sinceTime: '2026-01-01T00:00:04.000000001Z' }, want: 'ee\n\nfi' },
    { name: 'one stream', options: { stream: 'stderr' }, want: 'two\n' },
    {
      name: 'times at the beginning of lines only',
      options: { tail: 3 },
      show: { timestamps: true },
      want: '2026-01-01T00:00:03.000000001Z three\n2026-01-01T00:00:05.000000001Z \n2026-01-01T00:00:06.000000001Z fi',
    },
    { name: 'a prefix', options: { tail: 2 }, show: { prefix: '[a] ' }, want: '[a] \n[a] fi' },
    { name: 'a limit of bytes', show: { limitBytes: 6 }, want: 'one\ntw' },
    { name: 'a limit of no bytes', show: { limitBytes: 0 }, want: '' },
  ];
  for (const { name, options, show, want } of rows)
    it(name, async () => {
      writeFileSync(file, text);
      assert.equal(await bytesOf(readLog(file, options), show), want);
    });

  it('no file is an empty log', async () => assert.equal(await bytesOf(readLog(file)), ''));

  it('what is being written, and what is no entry, is left out', async () => {
    writeFileSync(file, `${entry(1, 'a')}garbage\n${entry(2, 'b')}${T(3)} stdout F hal`);
    assert.equal(await bytesOf(readLog(file, { tail: 2 })), 'b\n');
    assert.equal(await bytesOf(readLog(file)), 'a\nb\n');
  });

  it('a character that was cut in two is whole again', async () => {
    const [head, rest] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
    writeFileSync(
      file,
      Buffer.concat([Buffer.from(`${T(1)} stdout P x`), head, Buffer.from(`\n${T(1)} stdout F `), rest, Buffer.from('y\n')]),
    );
    assert.equal(await bytesOf(readLog(file)), 'xüy\n');
  });

  it('any log, any tail: the end of what is read as a whole', async () => {
    const short = fc.string({ maxLength: 20 }).map((line) => line.replaceAll('\n', ' '));
    const long = fc.nat({ max: 150_000 }).map((length) => 'y'.repeat(length));
    const lines = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.oneof(short, long)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lines, fc.nat({ max: 10 }), async (drawn, tail) => {
        const all = drawn.map(([parts, line]) =>
          [...Array.from({ length: parts }, () => entry(1, line, 'stdout', 'P')), entry(1, line)].join(''),
        );
        writeFileSync(file, all.join(''));
        const whole = drawn.map(
          ([parts, line]) =>
            `${Buffer.from(line)
              .toString()
              .repeat(parts + 1)}\n`,
        );
        assert.equal(await bytesOf(readLog(file, { tail })), whole.slice(Math.max(0, whole.length - tail)).join(''));
      }),
      { numRuns: 30 },
    );
  });

  it('following: what is there, what comes, across rotation, to the end', async () => {
    writeFileSync(file, `${entry(1, 'a')}${entry(2, 'b')}`);
    let over = false;
    const seen: string[] = [];
    const steps: (() => void)[] = [
      () => appendFileSync(file, entry(3, 'c').slice(0, 45)),
      () => appendFileSync(file, `${entry(3, 'c').slice(45)}${entry(4, 'd')}`),
      () => {
        renameSync(file, `${file}.old`);
        appendFileSync(`${file}.old`, entry(5, 'e'));
        writeFileSync(file, entry(6, 'f'));
      },
      () => {
        appendFileSync(file, entry(7, 'g'));
        over = true;
      },
    ];
    steps.shift()?.();
    const following = followLog(file, { over: () => over, tail: 1 });
    for await (const { content } of following) {
      seen.push(content.toString());
      if (/^[bdf]$/.test(seen.at(-1) ?? '')) steps.shift()?.();
    }
    assert.deepEqual(seen, ['b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('following a log that is not there yet, until told to stop', async () => {
    const stop = new AbortController();
    const following = followLog(file, { over: () => false, signal: stop.signal });
    const first = following.next();
    writeFileSync(file, entry(1, 'a'));
    assert.equal((await first).value?.content.toString(), 'a');
    const second = following.next();
    stop.abort();
    assert.deepEqual(await second, { done: true, value: undefined });
  });
});
