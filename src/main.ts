#!/usr/bin/env node
import { join } from 'node:path';
import { Command } from 'commander';
import { doctorCommand } from './cli/doctor.ts';
import { importCommand } from './cli/import.ts';
import { migrateCommand } from './cli/migrate.ts';
import { replayDlqCommand, replayOnProcess } from './cli/replay-dlq.ts';
import { serveCommand } from './cli/serve.ts';

const packageDirectory = join(import.meta.dirname, '..');

const program = new Command('trailgate')
  .description('A GraphQL gateway for audit analytics.')
  .addCommand(serveCommand({ packageDirectory }), { isDefault: true })
  .addCommand(importCommand())
  .addCommand(migrateCommand({ packageDirectory }))
  .addCommand(replayDlqCommand(replayOnProcess()))
  .addCommand(doctorCommand({ packageDirectory }));

await program.parseAsync();
