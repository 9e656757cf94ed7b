import { createHash } from 'node:crypto';
import type { SqlFile, Warehouse } from '../../ports/warehouse.ts';

export interface MigrationReport {
  readonly applied: readonly string[];
}

/**
 * Brings the schema up to the newest numbered file, each in a transaction with its record. A file that was changed
 * after it ran, or a record whose file is gone (a newer Trailgate made this data), stops everything.
 */
export async function migrate(
  warehouse: Warehouse,
  files: readonly SqlFile[],
  now: () => number,
): Promise<MigrationReport> {
  const records = await warehouse.write('migrations', async (writer) => {
    await writer.run({
      sql: 'create table if not exists schema_migrations (name varchar not null, sha256 varchar not null, applied_at timestamp_ntz not null)',
    });
    return writer.all<{ name: string; sha256: string }>({
      sql: 'select name, sha256 from schema_migrations order by name',
    });
  });
  for (const record of records) {
    const file = files.find(({ name }) => name === record.name);
    if (!file)
      throw new Error(`The data directory was made by a newer version (migration ${record.name}). Start that version.`);
    if (sha256(file.text) !== record.sha256) throw new Error(`Migration ${record.name} was changed after it had run.`);
  }
  const applied: string[] = [];
  for (const file of files) {
    if (records.some(({ name }) => name === file.name)) continue;
    await warehouse.write('migrations', async (writer) => {
      for (const statement of file.statements) await writer.run(statement());
      await writer.run({
        sql: 'insert into schema_migrations values (?, ?, ?)',
        parameters: [file.name, sha256(file.text), new Date(now())],
      });
    });
    applied.push(file.name);
  }
  return { applied };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
