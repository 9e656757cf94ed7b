// Writes schema.graphql, the print of the schema that the resolvers make. With --check it only says whether the file
// is fresh. Needs a build: npm run schema
import { readFileSync, writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from '../dist/resolvers/build-schema.js';

const FILE = new URL('../schema.graphql', import.meta.url);
const emitted = `${printSchema(lexicographicSortSchema(createSchema()))}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, emitted);
} else if (readFileSync(FILE, 'utf8') !== emitted) {
  console.error('schema.graphql is not what the resolvers make. Run: npm run schema');
  process.exit(1);
}
