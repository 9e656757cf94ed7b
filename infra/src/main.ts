import { createApp } from './app.ts';

const assembly = createApp().synth();
for (const { id, level, entry } of assembly.stacks.flatMap(({ messages }) => messages)) {
  process.stderr.write(`${level} ${id}: ${String(entry.data)}\n`);
}
process.stderr.write(`The template is in ${assembly.directory}\n`);
