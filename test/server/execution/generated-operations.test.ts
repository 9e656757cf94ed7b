import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { runBothWays } from './both-ways.ts';
import { type ArgumentPool, generatedOperation } from './generated-operation.ts';
import { shapesSchema } from './shapes-schema.ts';

const whats = [
  'error',
  'extended',
  'graphql',
  'string',
  'object',
  'null',
  'undefined',
  'zero',
  'service',
  'nan',
  'throw string',
];

const pool: ArgumentPool = {
  Int: { literals: ['0', '1', '2', '4', '7', 'null'], values: [0, 1, 2, 3, 5, 6, null, 'one', 1.5] },
  'Int!': { literals: ['1', '2'], values: [1, 2, null] },
  String: { literals: whats.map((what) => JSON.stringify(what)), values: [...whats, null, 3] },
  'String!': { literals: ['"a"'], values: ['b', null] },
  Severity: { literals: ['LOW', 'HIGH', 'null'], values: ['LOW', 'HIGH', 'NONE', null] },
  '[Severity!]': { literals: ['LOW', '[LOW, HIGH]', '[]'], values: ['LOW', ['HIGH'], [null], null] },
  DateTime: { literals: ['"2026-01-01"', 'null'], values: ['2026-05-05T05:05:05Z', 'never', null] },
  '[ID]': { literals: ['[1, "b", null]', '7'], values: [['a', 1, null], 5, [true]] },
  '[[Int]]': { literals: ['[[1], null, [2, 3]]', '4', '[[null]]'], values: [[[1, 2]], [[3], null], 6, 'x'] },
  Filter: {
    literals: ['{and: [{action: "a", severity: HIGH}], not: {limit: null}}', '{}', 'null'],
    values: [{ not: { and: [{ severity: 'LOW' }] } }, { since: '2026-01-01' }, { acton: 1 }, null],
  },
};

const RUNS = Number(process.env.EXECUTION_RUNS ?? 400);

test('generated operations are answered alike, byte for byte, compiled and interpreted', async () => {
  let compared = 0;
  let compiled = 0;
  await fc.assert(
    fc.asyncProperty(generatedOperation(shapesSchema, pool), async (operation) => {
      if (validate(shapesSchema, parse(operation.source), undefined, { maxErrors: 1 }).length > 0) return;
      const answers = await runBothWays(shapesSchema, operation, () => ({ caller: 'analyst' }));
      expect(answers.compiled).toBe(answers.interpreted);
      expect(JSON.stringify(JSON.parse(answers.compiled).data)).toBe(
        JSON.stringify(JSON.parse(answers.graphqlJs).data),
      );
      compared += 1;
      if (answers.wasCompiled) compiled += 1;
    }),
    { numRuns: RUNS, ...(process.env.EXECUTION_SEED && { seed: Number(process.env.EXECUTION_SEED) }) },
  );
  expect(compared).toBeGreaterThan(RUNS / 4);
  expect(compiled).toBeGreaterThan(RUNS / 8);
}, 120_000);
