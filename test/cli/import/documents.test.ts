import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type FileDocument, type ReadOptions, readDocuments } from '../../../src/cli/import/documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'trailgate-documents-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: string | Buffer, options: ReadOptions = {}): Promise<FileDocument[]> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const documents: FileDocument[] = [];
  for await (const document of readDocuments(path, options)) documents.push(document);
  return documents;
}

describe('NDJSON', () => {
  const lines = '{"a":1}\r\n\n  \n{"a":"\u2028é"}\n{"a":';

  test.each([
    ['x.ndjson', lines],
    ['x.ndjson.gz', gzipSync(lines)],
    ['packed-but-not-named.ndjson', gzipSync(lines)],
    ['two-members.ndjson.gz', Buffer.concat([gzipSync(lines.slice(0, 5)), gzipSync(lines.slice(5))])],
    ['named-otherwise.json', lines],
  ])('is read line by line from %s: empty lines pass, a broken one is a fault of its own', async (name, content) => {
    const documents = await read(name, content);
    expect(documents.slice(0, 2)).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 4, value: { a: '\u2028é' } },
    ]);
    expect(documents[2]).toMatchObject({ line: 5, fault: expect.stringMatching(/not JSON/) });
    expect(documents).toHaveLength(3);
  });

  test('takes lines that span many chunks, and a byte order mark', async () => {
    const value = { text: 'ü'.repeat(400_000) };
    const documents = await read('long.ndjson', `\ufeff${JSON.stringify(value)}\n{"b":2}`);
    expect(documents).toEqual([
      { line: 1, value },
      { line: 2, value: { b: 2 } },
    ]);
  });

  test('passes over a line that is too long', async () => {
    const text = `{"a":1}\n${'x'.repeat(1_000_000)}\n{"a":3}\n`;
    const documents = await read('toolong.ndjson', text, { maxDocumentBytes: 1_000 });
    expect(documents.map(({ line, fault }) => [line, fault?.includes('1,000 bytes')])).toEqual([
      [1, undefined],
      [2, true],
      [3, undefined],
    ]);
  });

  test('never replaces bytes that are not UTF-8', async () => {
    const documents = await read('latin1.ndjson', Buffer.from('{"a":"\xe9"}\n{"a":1}', 'latin1'));
    expect(documents).toEqual([
      { line: 1, fault: 'is not UTF-8 text' },
      { line: 2, value: { a: 1 } },
    ]);
  });
});

describe('a whole JSON file', () => {
  const value = { Records: [{ a: 1 }, { a: 2 }] };

  test.each([
    ['one-line.json', JSON.stringify(value)],
    ['pretty.json', JSON.stringify(value, null, 2)],
    ['pretty.json.gz', gzipSync(JSON.stringify(value, null, 2))],
  ])('is one document: %s', async (name, content) => {
    const [document, ...more] = await read(name, content);
    expect(document?.value).toEqual(value);
    expect(more).toEqual([]);
  });

  test('is refused when it is larger than the limit, counted unpacked', async () => {
    const bomb = gzipSync(JSON.stringify({ a: ' '.repeat(2_000_000) }, null, 2));
    expect(bomb.length).toBeLessThan(10_000);
    const documents = await read('bomb.json.gz', bomb, { maxDocumentBytes: 10_000 });
    expect(documents).toEqual([{ line: null, fault: expect.stringMatching(/larger than 10,000 bytes unpacked/) }]);
  });

  test('is a fault when it is empty or broken', async () => {
    expect((await read('empty.json', ' \n'))[0]?.fault).toMatch(/empty/);
    expect((await read('broken.json', '{\n"a": [1,\n'))[0]?.fault).toMatch(/not JSON/);
  });
});

test('a cut gzip file throws after what could be read', async () => {
  const lines = Array.from({ length: 50_000 }, (_, n) => `{"n":${n},"noise":"${(n * 7919) % 10_007}"}\n`).join('');
  const path = join(folder, 'cut.ndjson.gz');
  const packed = gzipSync(lines);
  writeFileSync(path, packed.subarray(0, packed.length / 2));
  let documents = 0;
  const reading = (async () => {
    for await (const { value } of readDocuments(path)) documents += value === undefined ? 0 : 1;
  })();
  await expect(reading).rejects.toThrow(/unexpected end of file/);
  expect(documents).toBeGreaterThan(0);
});

test('the bytes told add up to the size of the file', async () => {
  let bytes = 0;
  const content = gzipSync('{"a":1}\n'.repeat(100_000));
  await read('counted.ndjson.gz', content, {
    onBytes: (n) => {
      bytes += n;
    },
  });
  expect(bytes).toBe(content.length);
});
