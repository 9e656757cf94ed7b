import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SqlFile, SqlStatement } from '../../ports/warehouse.ts';

/** What stands for an engine's own word in the shared text: `{{VARIANT}}`, `{{CLUSTER: (a, b)}}`. */
export type SqlTokens = Readonly<Record<string, string | ((argument: string) => string)>>;

/** The .sql files of a folder in the order of their names, tokens filled in, cut into statements. */
export const readSqlFolder = (folder: string, tokens: SqlTokens): readonly SqlFile[] =>
  listSqlFiles(folder).map((path) => readSqlFile(path, tokens));

export const listSqlFiles = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => join(folder, name));

/** @throws Error for a token that `tokens` does not know. */
export function readSqlFile(path: string, tokens: SqlTokens): SqlFile {
  const text = fillTokens(readFileSync(path, 'utf8'), tokens);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { name, text, statements: splitStatements(text).map(toStatement) };
}

function fillTokens(text: string, tokens: SqlTokens): string {
  return text.replace(/\{\{([A-Z_]+)(?:: ([^}]*))?\}\}/g, (mark, name: string, argument: string | undefined) => {
    const token = tokens[name];
    if (token === undefined) throw new Error(`no value for ${mark}`);
    return typeof token === 'string' ? token : token(argument ?? '');
  });
}

/** Our files end each statement with a semicolon at the end of a line, and hold none elsewhere. */
export function splitStatements(text: string): string[] {
  return text
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

function toStatement(text: string): SqlStatement {
  const names: string[] = [];
  const sql = text.replace(/(?<![:\w'])(?::)([a-z_]+)\b/g, (_mark, name: string) => {
    names.push(name);
    return '?';
  });
  return (values = {}) => ({
    sql,
    parameters: names.map((name) => {
      const value = values[name];
      if (value === undefined) throw new Error(`no value for :${name} in ${text.slice(0, 60)}`);
      return value;
    }),
  });
}
