// A list of 100 events from memory, compiled against interpreted, alternating in one run. `npm run build` first.
//   node bench/execution.mjs [--rounds 12] [--operations 150] [--json FILE]
import { parseArgs } from 'node:util';
import {
  GraphQLEnumType,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from 'graphql';
import { createExecutor } from '../dist/server/execution/index.js';
import { createReport } from './report.mjs';
import { median } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    operations: { type: 'string', default: '150' },
    json: { type: 'string' },
  },
});
const ROUNDS = Number(values.rounds);
const OPERATIONS_A_ROUND = Number(values.operations);
const report = createReport('execution');

const required = (type) => ({ type: new GraphQLNonNull(type) });
const DateTime = new GraphQLScalarType({ name: 'DateTime', serialize: (value) => value.toISOString() });
const Json = new GraphQLScalarType({ name: 'JSON', serialize: (value) => value });
const Activity = new GraphQLEnumType({
  name: 'ActivityType',
  values: Object.fromEntries(['LOGIN', 'DATA_ACCESS', 'DATA_CHANGE', 'ADMIN'].map((name) => [name, { value: name }])),
});

const Event = new GraphQLObjectType({
  name: 'AuditEvent',
  fields: {
    id: required(GraphQLID),
    eventId: required(GraphQLString),
    timestamp: required(DateTime),
    receivedAt: required(DateTime),
    userId: { type: GraphQLString },
    userPseudonym: { type: GraphQLString },
    userDepartment: { type: GraphQLString },
    action: required(GraphQLString),
    activityType: required(Activity),
    resourceType: { type: GraphQLString },
    resourceId: { type: GraphQLString },
    environment: { type: GraphQLString },
    region: { type: GraphQLString },
    source: required(GraphQLString),
    sourceIp: { type: GraphQLString },
    userAgent: { type: GraphQLString },
    sessionId: { type: GraphQLString },
    success: { type: GraphQLString },
    durationMs: { type: GraphQLInt },
    metadata: { type: Json },
  },
});

const events = Array.from({ length: 100 }, (_, index) => ({
  id: `evt_${index}`,
  eventId: `0190-${index}`,
  timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)),
  receivedAt: new Date(Date.UTC(2026, 0, 1, 0, 1, index)),
  userId: `usr-${index % 10}`,
  userPseudonym: `p-${index % 10}`,
  userDepartment: index % 3 === 0 ? null : 'finance',
  action: 'GetObject',
  activityType: 'DATA_ACCESS',
  resourceType: 'bucket',
  resourceId: `bucket-${index % 7}`,
  environment: 'production',
  region: 'eu-west-1',
  source: 'cloudtrail',
  sourceIp: '192.0.2.7',
  userAgent: 'aws-cli/2.0',
  sessionId: `s-${index % 5}`,
  success: 'SUCCESS',
  durationMs: index,
  metadata: { bytes: index, tags: ['a', 'b'] },
}));

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      events: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Event))),
        args: { first: { type: GraphQLInt, defaultValue: 50 } },
        resolve: async (_source, { first }) => events.slice(0, first),
      },
    },
  }),
});

const request = {
  document: parse(`query Page($first: Int) { events(first: $first) { ${Object.keys(Event.getFields()).join(' ')} } }`),
  operationName: 'Page',
  documentHash: 'page',
  variableValues: { first: 100 },
  contextValue: {},
};

const executor = createExecutor({ schema, compileAtUse: 1, schedule: (compile) => compile() });
const same = JSON.stringify(await executor.interpret(request));
await executor.execute(request);
if (JSON.stringify(await executor.execute(request)) !== same || executor.stats().compiledRuns !== 1) {
  throw new Error('The two ways of execution do not answer alike.');
}

const cpuMicroseconds = async (execute) => {
  const before = process.cpuUsage();
  for (let n = 0; n < OPERATIONS_A_ROUND; n += 1) await execute(request);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / OPERATIONS_A_ROUND;
};

const compiled = [];
const interpreted = [];
for (let round = 0; round < ROUNDS + 2; round += 1) {
  const figures = [await cpuMicroseconds(executor.execute), await cpuMicroseconds(executor.interpret)];
  if (round < 2) continue;
  compiled.push(figures[0]);
  interpreted.push(figures[1]);
}

const ratios = interpreted.map((cost, round) => cost / compiled[round]);
report.add('eventsPerOperation', events.length);
report.add('interpretedCpuMicros', median(interpreted), 0);
report.add('compiledCpuMicros', median(compiled), 0);
report.add('compiledOperationsPerCpuSecond', 1e6 / median(compiled), 0);
report.goal('compiledToInterpreted', median(ratios), { atLeast: 4.5 });
report.add('compiledToInterpretedLowest', Math.min(...ratios));
report.end(values.json);
