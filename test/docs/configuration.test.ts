/** docs/configuration.md against what the program reads: a variable or option that is missing, gone or changed fails here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { importCommand } from '../../src/cli/import.ts';
import { migrateCommand } from '../../src/cli/migrate.ts';
import { replayDlqCommand, replayOnProcess } from '../../src/cli/replay-dlq.ts';
import { serveCommand } from '../../src/cli/serve.ts';
import { environment, readConfig } from '../../src/config/config.ts';

const root = join(__dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');

/** The cells of the tables below a heading, without the header, down to the next heading. */
const rowsBelow = (heading: string): string[][] =>
  (page.split(`\n${heading}\n`)[1]?.split(/\n#+ /)[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const code = (cell = ''): string | undefined => /^`(.*)`$/.exec(cell)?.[1];
/** A command's name from that of its function. */
const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const number = (text = ''): number => Number(text.replaceAll(',', ''));

describe('the variables of the server', () => {
  const rows = [...rowsBelow('## Variables of the server'), ...rowsBelow('## Variables of production engines')];
  const names = rows.map(([name]) => code(name) ?? '');

  test('are all on the page, and no other', () => {
    expect([...names].sort()).toEqual(Object.keys(environment.shape).sort());
  });

  test('have the defaults that the page names', () => {
    const documented = rows.flatMap(([name, , , value]) => (value ? [[code(name), code(value)]] : []));
    const actual = Object.entries(environment.parse({})).map(([name, value]) => [name, String(value)]);
    expect(new Map(documented as [string, string][])).toEqual(new Map(actual as [string, string][]));
  });

  test.each(rows.map(([name, , values, , example]) => [code(name) ?? '', values ?? '', code(example) ?? '']))(
    '%s takes the values that the page names, and its example',
    (name, values, example) => {
      const accepts = (value: string) => environment.safeParse({ [name]: value }).success;
      expect({ example, accepted: accepts(example) }).toEqual({ example, accepted: true });
      const words = [...values.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
      const range = /^(above )?([\d,]+) to ([\d,]+)$/.exec(values);
      const characters = /^(\d+) characters or more$/.exec(values);
      if (range) {
        const [, above, from, to] = range;
        expect(accepts(String(number(from)))).toBe(above === undefined);
        expect(accepts(String(number(from) - 1))).toBe(false);
        expect(accepts(String(number(to)))).toBe(true);
        expect(accepts(String(number(to) + 1))).toBe(false);
      }
      if (characters) {
        expect(accepts('k'.repeat(number(characters[1])))).toBe(true);
        expect(accepts('k'.repeat(number(characters[1]) - 1))).toBe(false);
      }
      for (const word of words) expect({ word, accepted: accepts(word) }).toEqual({ word, accepted: true });
      if (words.length > 0) expect(accepts('no-such-word')).toBe(false);
    },
  );

  test('are named, each with its fault, when they are wrong; an empty one counts as not set', () => {
    expect(() => readConfig({ PORT: '-1', TRAILGATE_TIME_ZONE: 'Mars/Olympus' })).toThrow(
      /PORT: .*\n {2}TRAILGATE_TIME_ZONE: is no IANA time zone/,
    );
    expect(readConfig({ PORT: '', TRAILGATE_MAPPING: '' })).toEqual(readConfig({}));
  });
});

describe('the commands', () => {
  const commands = [
    serveCommand({ packageDirectory: root }),
    importCommand(),
    migrateCommand({ packageDirectory: root }),
    replayDlqCommand(replayOnProcess()),
    doctorCommand({ packageDirectory: root }),
  ];
  const leaves = (command: Command, parents: string): [string, Command][] => {
    const name = `${parents} ${command.name()}`;
    return command.commands.length === 0 ? [[name, command]] : command.commands.flatMap((sub) => leaves(sub, name));
  };
  const all = commands.flatMap((command) => leaves(command, 'trailgate'));

  test('are all on the page, and no other', () => {
    const program = readFileSync(join(root, 'src', 'main.ts'), 'utf8');
    const added = [...program.matchAll(/addCommand\((\w+)Command\(/g)].map(([, name = '']) => dashed(name));
    expect(commands.map((command) => command.name()).sort()).toEqual(added.sort());
    const documented = [...page.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(all.map(([name]) => name).sort());
  });

  test.each(all)('%s has the options, variables and defaults that the page names', (name, command) => {
    const documented = rowsBelow(`### \`${name}\``).map(([flags, , variable, value]) => ({
      flags: code(flags),
      variable: code(variable),
      default: code(value),
    }));
    const actual = command.options.map(({ flags, envVar, defaultValue }) => ({
      flags,
      variable: envVar,
      default: defaultValue === undefined ? undefined : String(defaultValue),
    }));
    expect(documented).toEqual(actual);
  });
});
