import fc from 'fast-check';
import { applyMapping, parseMapping } from '../../src/domain/mapping-file.ts';

const file = `
accounts:
  "111122223333": { environment: PROD, department: PAYMENTS }
  012345678901: { environment: TEST }
resources:
  - { pattern: "arn:aws:s3:::payroll-public", sensitivity: LOW }
  - { pattern: "arn:aws:s3:::payroll-*", sensitivity: HIGH }
  - { pattern: "arn:aws:*:secret:*-key", sensitivity: RESTRICTED }
`;
const mapping = parseMapping(file);
const inAccount = (recipientAccountId: unknown) => ({ metadata: { recipientAccountId } });
const onResource = (resourceId: string) => applyMapping(mapping, { resourceId }).sensitivity;

describe('a mapping', () => {
  test('fills environment and department from the account', () => {
    expect(applyMapping(mapping, inAccount('111122223333'))).toEqual({
      environment: 'PROD',
      userDepartment: 'PAYMENTS',
    });
    expect(applyMapping(mapping, inAccount(111122223333))).toEqual({ environment: 'PROD', userDepartment: 'PAYMENTS' });
  });

  test('keeps the leading zero of an account that has no quotes', () => {
    expect(applyMapping(mapping, inAccount('012345678901'))).toEqual({ environment: 'TEST' });
  });

  test('fills only what is absent or null', () => {
    const event = { ...inAccount('111122223333'), resourceId: 'arn:aws:s3:::payroll-2024' };
    expect(
      applyMapping(mapping, { ...event, environment: 'DR', userDepartment: null, sensitivity: 'UNKNOWN' }),
    ).toEqual({ userDepartment: 'PAYMENTS' });
  });

  test('says nothing of an account or a resource it does not know', () => {
    expect(applyMapping(mapping, { ...inAccount('999'), resourceId: 'arn:aws:s3:::other' })).toEqual({});
    expect(applyMapping(mapping, {})).toEqual({});
    expect(applyMapping(mapping, { metadata: { recipientAccountId: { deep: 1 } } })).toEqual({});
  });

  test('takes the account from accountPath', () => {
    const nested = parseMapping('accountPath: userIdentity.accountId\naccounts: { "7": { department: IT } }');
    expect(applyMapping(nested, { metadata: { userIdentity: { accountId: '7' } } })).toEqual({ userDepartment: 'IT' });
    expect(applyMapping(nested, { metadata: { userIdentity: null } })).toEqual({});
  });

  test('never finds an account among the keys that every object inherits', () => {
    const odd = parseMapping('accountPath: constructor.name\naccounts: { Object: { department: IT } }');
    expect(applyMapping(odd, { metadata: {} })).toEqual({});
  });

  test('lets the first pattern that matches decide', () => {
    expect(onResource('arn:aws:s3:::payroll-public')).toBe('LOW');
    expect(onResource('arn:aws:s3:::payroll-public-2')).toBe('HIGH');
  });

  test('takes * for any text and every other character for itself', () => {
    expect(onResource('arn:aws:s3:::payroll-')).toBe('HIGH');
    expect(onResource('arn:aws:s3:::payroll')).toBeUndefined();
    expect(onResource('ARN:aws:s3:::payroll-x')).toBeUndefined();
    expect(onResource('arn:aws:secretsmanager:eu-west-1:1:secret:db-key')).toBe('RESTRICTED');
    expect(onResource('arn:aws:secret:-ke')).toBeUndefined();
    const dot = parseMapping('resources: [{ pattern: "a.b*", sensitivity: HIGH }]');
    expect(applyMapping(dot, { resourceId: 'axb' })).toEqual({});
  });

  test('matches as the equal regular expression does, whatever pattern and id', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 8 }).map((all) => all.join(''));
    const ids = fc.array(fc.constantFrom('a', 'b'), { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(letters, ids, (pattern, resourceId) => {
        const compiled = parseMapping(JSON.stringify({ resources: [{ pattern, sensitivity: 'HIGH' }] }));
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(resourceId);
        expect(applyMapping(compiled, { resourceId }).sensitivity === 'HIGH').toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('parseMapping', () => {
  const refusal = (yaml: string) => {
    try {
      parseMapping(yaml, 'mapping.yaml');
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };

  test('names the line and the key of a misspelt word', () => {
    expect(refusal('accounts:\n  "1":\n    enviroment: PROD\n')).toMatch(
      /mapping\.yaml.*\n.*line 3: accounts\.1.*enviroment/s,
    );
  });

  test('names the words that a sensitivity may have', () => {
    const message = refusal('resources:\n  - pattern: "x*"\n    sensitivity: SECRET\n');
    expect(message).toMatch(/line 3: resources\.0\.sensitivity/);
    expect(message).toMatch(/RESTRICTED/);
  });

  test.each([
    ['an account without facts', 'accounts: { "1": {} }', /needs an environment or a department/],
    ['an empty environment', 'accounts: { "1": { environment: } }', /must not be empty/],
    ['the same account twice', 'accounts:\n  "1": { environment: A }\n  "1": { environment: B }', /YAML/],
    ['a path with an empty step', 'accountPath: a..b', /joined by dots/],
    ['broken YAML', 'accounts: {', /YAML/],
    ['an empty file', '', /is empty/],
    ['a list', '- a', /must hold/],
    ['a key it does not know', 'account: {}', /account/],
  ])('refuses %s', (_what, yaml, reason) => {
    expect(refusal(yaml)).toMatch(reason);
  });
});
