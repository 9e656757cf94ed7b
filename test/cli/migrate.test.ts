import { Writable } from 'node:stream';
import { migrateCommand } from '../../src/cli/migrate.ts';
import { snowflakeMigrations } from '../sql/snowflake-sql.ts';

const PLACE = [
  '--landing-url',
  's3://audit-events-bucket/events/',
  '--storage-role',
  'arn:aws:iam::123456789012:role/r',
];

async function run(args: readonly string[], variables: Record<string, string> = { TRAILGATE_WAREHOUSE: 'snowflake' }) {
  const written = { out: '', err: '', exitCode: 0 };
  const into = (key: 'out' | 'err') =>
    new Writable({
      write: (chunk, _encoding, done) => {
        written[key] += chunk;
        done();
      },
    });
  await migrateCommand({
    packageDirectory: process.cwd(),
    variables,
    out: into('out'),
    err: into('err'),
    setExitCode: (code) => {
      written.exitCode = code;
    },
  }).parseAsync([...args], { from: 'user' });
  return written;
}

describe('trailgate migrate', () => {
  test('prints every statement in a dry run, with the names that are set and without an account', async () => {
    const { out, err, exitCode } = await run(['--dry-run', ...PLACE], {
      TRAILGATE_MODE: 'aws',
      TRAILGATE_SNOWFLAKE_DATABASE: 'other_db',
    });
    expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 });
    const { account, database } = snowflakeMigrations();
    for (const { name } of [...account, ...database]) expect(out).toContain(`-- ${name}`);
    expect(out).toContain('create database if not exists other_db');
    expect(out).toContain(`url = 's3://audit-events-bucket/events/'`);
    expect(out).toContain('create pipe if not exists LANDING.delivered_lines');
  });

  test('prints the task that refreshes within Snowflake', async () => {
    const { out } = await run(['--refresh-task', ...PLACE], {
      TRAILGATE_WAREHOUSE: 'snowflake',
      TRAILGATE_TIME_ZONE: 'Europe/Berlin',
    });
    expect(out).toContain('create or replace task refresh_marts');
    expect(out).toContain(`convert_timezone('UTC', 'Europe/Berlin', timestamp)`);
  });

  test('says of DuckDB that serve does it', async () => {
    const { out, exitCode } = await run([], {});
    expect(out).toContain('"trailgate serve" brings up to date when it starts');
    expect(exitCode).toBe(0);
  });

  test('refuses to guess where Firehose delivers', async () => {
    const { out, err, exitCode } = await run(['--dry-run', '--landing-url', 's3://audit-events-bucket/events/']);
    expect(out).toBe('');
    expect(err).toContain('--landing-url and --storage-role are needed');
    expect(exitCode).toBe(1);
  });

  test('refuses names that Snowflake would read another way', async () => {
    const { err, exitCode } = await run(['--dry-run', ...PLACE], {
      TRAILGATE_WAREHOUSE: 'snowflake',
      TRAILGATE_SNOWFLAKE_OWNER_ROLE: 'the owner',
    });
    expect(err).toContain('"the owner" cannot be the owner role of Snowflake');
    expect(exitCode).toBe(1);
  });

  test('names what a login needs when it shall run', async () => {
    const { err, exitCode } = await run([...PLACE]);
    expect(err).toContain('TRAILGATE_SNOWFLAKE_ACCOUNT: is needed for Snowflake');
    expect(exitCode).toBe(1);
  });
});
