import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSources, type SourceIo } from '../../src/manifest/source.ts';

const io: SourceIo = { stdin: () => [Buffer.from('from: stdin\n')] };

describe('sources', () => {
  let dir = '';
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'podstead-source-'));
    await mkdir(join(dir, 'sub'));
    await mkdir(join(dir, 'empty'));
    for (const file of ['b.yaml', 'a.yml', 'c.json', 'notes.txt', 'sub/d.yaml']) await writeFile(join(dir, file), file);
  });
  after(() => rm(dir, { recursive: true }));

  const read = async (args: string[], options: Partial<SourceIo> = {}) =>
    (await readSources(args, { ...io, ...options })).map(({ file, text }) => `${file.replace(`${dir}/`, '')}=${text.trim()}`);

  it('a file and standard input, in the order given', async () =>
    assert.deepEqual(await read([join(dir, 'b.yaml'), '-']), ['b.yaml=b.yaml', 'stdin=from: stdin']));
  it('any file by name', async () => assert.deepEqual(await read([join(dir, 'notes.txt')]), ['notes.txt=notes.txt']));
  it('a directory, sorted, manifests only', async () =>
    assert.deepEqual(await read([dir]), ['a.yml=a.yml', 'b.yaml=b.yaml', 'c.json=c.json']));
  it('a directory and what is below it', async () =>
    assert.deepEqual(await read([dir], { recursive: true }), ['a.yml=a.yml', 'b.yaml=b.yaml', 'c.json=c.json', 'sub/d.yaml=sub/d.yaml']));
  it('a URL', async () => {
    const get = async () => new Response('from: web');
    assert.deepEqual(await read(['https://example.com/a.yaml'], { fetch: get }), ['https://example.com/a.yaml=from: web']);
  });

  it('a directory in which something is no file', async () => {
    const odd = join(dir, 'odd');
    await mkdir(join(odd, 'directory.yaml'), { recursive: true });
    await writeFile(join(odd, 'a.yaml'), 'a');
    execFileSync('mkfifo', [join(odd, 'fifo.yaml')]);
    assert.deepEqual(await read([odd]), ['odd/a.yaml=a']);
  });
  const texts: [string, Buffer, string][] = [
    ['UTF-8 with a mark', Buffer.from('\uFEFFé'), 'é'],
    ['UTF-16 of a shell', Buffer.from('\uFEFFé', 'utf16le'), 'é'],
    ['UTF-16 the other way round', Buffer.from('\uFEFFé', 'utf16le').swap16(), 'é'],
    ['a character in two pieces', Buffer.from('é'), 'é'],
  ];
  for (const [name, bytes, text] of texts)
    it(name, async () => {
      const stdin = () => [bytes.subarray(0, 1), bytes.subarray(1)];
      assert.deepEqual(await read(['-'], { stdin }), [`stdin=${text}`]);
    });

  const refused: [string, () => string[], Partial<SourceIo>, { code: string; message: RegExp }][] = [
    ['nothing', () => [], {}, { code: 'USAGE', message: /no manifest given/ }],
    ['standard input twice', () => ['-', '-'], {}, { code: 'USAGE', message: /only once/ }],
    ['a file that is not there', () => [join(dir, 'x.yaml')], {}, { code: 'NOT_FOUND', message: /x\.yaml: no such file/ }],
    ['a directory without manifests', () => [join(dir, 'empty')], {}, { code: 'NOT_FOUND', message: /no \.yaml/ }],
    [
      'a page that is not there',
      () => ['http://example.com/a'],
      { fetch: async () => new Response('', { status: 404, statusText: 'Not Found' }) },
      { code: 'IO', message: /404 Not Found/ },
    ],
    [
      'a server that cannot be reached',
      () => ['http://example.com/a'],
      { fetch: () => Promise.reject(new Error('refused')) },
      { code: 'IO', message: /example\.com\/a cannot be read: refused/ },
    ],
    [
      'a server that ends in the middle',
      () => ['http://example.com/a'],
      { fetch: async () => new Response(new ReadableStream({ start: (body) => body.error(new Error('terminated')) })) },
      { code: 'IO', message: /example\.com\/a cannot be read: terminated/ },
    ],
    [
      'what is no UTF-8',
      () => ['-'],
      { stdin: () => [Buffer.from('a: b\nc: \xe9\n', 'latin1')] },
      { code: 'INVALID_MANIFEST', message: /^stdin:2: this is not UTF-8 text/ },
    ],
    [
      'a NUL character',
      () => ['-'],
      { stdin: () => [Buffer.from('a: b\n\n\0')] },
      { code: 'INVALID_MANIFEST', message: /^stdin:3: there is a NUL character/ },
    ],
    [
      'what never ends',
      () => ['-'],
      { stdin: () => Array<Buffer>(65).fill(Buffer.alloc(1024 * 1024, 'x')) },
      { code: 'INVALID_MANIFEST', message: /^stdin: more than 64 MiB/ },
    ],
  ];
  for (const [name, args, options, error] of refused) it(`${name} is refused`, () => assert.rejects(read(args(), options), error));
});
