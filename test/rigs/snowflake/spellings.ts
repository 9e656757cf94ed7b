/** A statement of Snowflake as this rig runs it. */
export interface Spelling {
  readonly kind: StatementKind;
  /** In DuckDB's words; more than one where Snowflake says it in one. */
  readonly statements: readonly string[];
}

export type StatementKind =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'ddl'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'alter session'
  | 'use';

/**
 * Turns Snowflake's spelling into DuckDB's, for what this product sends and no more. Text between quotes stays as it is.
 * @throws Error for a statement of a kind that the rig does not know.
 */
export function spellForDuckdb(sql: string): Spelling {
  const text = sql.trim().replace(/;\s*$/, '');
  const kind = kindOf(text);
  // What the account has is for whoever needs it to put there: a table of what SHOW answers.
  const show = /^show\s+(\w+)(?:\s+to\s+role\s+(\w+))?/i.exec(text);
  if (show) {
    const [, what, role] = show;
    return { kind, statements: [`select * from show_${what}${role ? ` where grantee_name = '${role}'` : ''}`] };
  }
  // One schema, functions that DuckDB has as macros, and rights by what each role of the rig may do.
  if (/^(create|drop)\s+(schema|function)\b|^grant\b/i.test(text)) return { kind, statements: ['select 1'] };
  const overwrite = /^insert\s+overwrite\s+into\s+([\w."]+)/i.exec(text);
  if (overwrite) {
    const [head, table] = overwrite as unknown as [string, string];
    return {
      kind,
      statements: [`delete from ${table}`, outsideQuotes(`insert into ${table}${text.slice(head.length)}`)],
    };
  }
  return { kind, statements: [outsideQuotes(text)] };
}

/** Every part outside of '…' and "…" in DuckDB's words. */
function outsideQuotes(text: string): string {
  return splitQuoted(text)
    .map((part) => (/^['"]/.test(part) ? part : respell(part)))
    .join('');
}

export const splitQuoted = (text: string): string[] =>
  text.split(/('(?:[^']|'')*'|"(?:[^"]|"")*")/).filter((part) => part !== '');

/** Snowflake's words and DuckDB's. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bcast\(([\w.]+) as variant\)/gi, '$1'],
  [/\bvariant\b/gi, 'json'],
  [/\barray\b/gi, 'varchar[]'],
  [/\bcreate\s+transient\s+table\b/gi, 'create table'],
  [/\bdata_retention_time_in_days\s*=\s*\d+/gi, ''],
  [/\bcluster\s+by\s+\([^)]*\)\s*$/gi, ''],
  [/\btable\s*\(\s*generator\s*\(\s*rowcount\s*=>\s*(\d+)\s*\)\s*\)/gi, 'range($1)'],
  [/\bobject_construct_keep_null\(/gi, 'json_object('],
  [/\boctet_length\(/gi, 'strlen('],
  // A path into a VARIANT; its keys are spelled exactly as they are.
  [/\b([a-z_]\w*):([a-z_]\w*(?:\.\w+)*)::varchar\b/gi, `json_extract_string($1, '$$.$2')`],
  [/\b([a-z_]\w*):([a-z_]\w*(?:\.\w+)*)(?![\w:])/gi, `json_extract($1, '$$.$2')`],
];

const respell = (code: string): string => WORDS.reduce((text, [word, own]) => text.replace(word, own), code);

function kindOf(text: string): StatementKind {
  const words = text.replace(/^[\s(]+/, '').toLowerCase();
  const found = KINDS.find(([start]) => start.test(words));
  if (!found) throw new Error(`the rig knows no statement that begins: ${text.slice(0, 40)}`);
  return found[1];
}

const KINDS: readonly (readonly [RegExp, StatementKind])[] = [
  [/^(select|with|values|show)\b/, 'select'],
  [/^insert\b/, 'insert'],
  [/^update\b/, 'update'],
  [/^delete\b/, 'delete'],
  [/^merge\b/, 'merge'],
  [/^alter\s+session\s+set\b/, 'alter session'],
  [/^use\b/, 'use'],
  [/^(create|drop|alter|truncate|grant)\b/, 'ddl'],
  [/^begin(\s+transaction)?$/, 'begin'],
  [/^commit$/, 'commit'],
  [/^rollback$/, 'rollback'],
];
