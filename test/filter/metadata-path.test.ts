import { AppError } from '../../src/domain/errors.ts';
import { parseMetadataPath } from '../../src/filter/metadata-path.ts';

describe('a metadata path', () => {
  test.each<[string, (string | number)[]]>([
    ['bucketName', ['bucketName']],
    ['requestParameters.bucketName', ['requestParameters', 'bucketName']],
    ['annotations."authorization.k8s.io/decision"', ['annotations', 'authorization.k8s.io/decision']],
    ['target[0].id', ['target', 0, 'id']],
    ['a[10][2]', ['a', 10, 2]],
    ['a."0"', ['a', '0']],
    ['a.0', ['a', '0']],
    ['x-amz_id.größe', ['x-amz_id', 'größe']],
    ['"say \\"hi\\" \\\\ twice"', ['say "hi" \\ twice']],
    ['"*"."[0]"."$"', ['*', '[0]', '$']],
    ['"a"[0]', ['a', 0]],
    ['e\u0301."😀"', ['e\u0301', '😀']],
    ['__proto__.constructor', ['__proto__', 'constructor']],
  ])('reads %s', (path, steps) => {
    expect(parseMetadataPath(path)).toEqual(steps);
  });

  test.each([
    ['', 'is empty'],
    ['.a', 'needs a key at character 1'],
    ['a.', 'ends with a "."'],
    ['a..b', 'needs a key at character 3'],
    ['a b', 'needs a "." or a "[" at character 2'],
    [' a', 'needs a key at character 1'],
    ['a."b', 'at character 3 that is not closed'],
    ['a."b\\n"', 'at character 3 that is not closed, or holds a "\\"'],
    ['a.""', 'has an empty key at character 3'],
    ['"a"b', 'needs a "." or a "[" at character 4'],
    ['[0]', 'begins with an element'],
    ['a[*]', '"[*]" at character 2, which is reserved'],
    ['a[*].b', 'which is reserved'],
    ['a.*', 'needs a key at character 3'],
    ['a[-1]', 'needs an element such as [0] at character 2'],
    ['a[01]', 'needs an element such as [0]'],
    ['a[]', 'needs an element such as [0]'],
    ['a[1', 'needs an element such as [0]'],
    ['a["b"]', 'needs an element such as [0]'],
    ['a[1234567890]', 'at most nine digits'],
    ['a.[0]', 'has an element after a "."'],
    ['$.a', 'needs a key at character 1'],
    ['"a\0"', 'U+0000'],
    ['"a\ud800"', 'surrogate'],
    ['a'.repeat(513), 'has 513 characters; the limit is 512'],
    [Array(17).fill('a').join('.'), 'more than 16 steps'],
  ])('refuses %j', (path, message) => {
    const refused = (): unknown => parseMetadataPath(path, ['filter', 'metadata', 0, 'path']);
    expect(refused).toThrow(AppError);
    expect(refused).toThrow(message);
    expect(refused).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: ['filter', 'metadata', 0, 'path'] }),
    );
  });

  test('may have 512 characters and 16 steps', () => {
    expect(parseMetadataPath('a'.repeat(512))).toHaveLength(1);
    expect(parseMetadataPath(Array(16).fill('a').join('.'))).toHaveLength(16);
  });
});
