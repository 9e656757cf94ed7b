import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLmdbEventLog } from '../../../src/adapters/event-stream/lmdb-event-log.ts';
import { describeEventStream } from '../../contracts/event-stream.ts';

describeEventStream('LmdbEventLog', async () => {
  const path = mkdtempSync(join(tmpdir(), 'trailgate-log-'));
  const stream = createLmdbEventLog({ path, limitBytes: 64 * 1024 * 1024 });
  return {
    stream,
    remove: async () => {
      await stream.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
});
