import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLmdbEventStream } from '../../../src/adapters/event-stream/lmdb-event-stream.ts';
import { describeEventStream } from '../../contracts/event-stream.ts';

describeEventStream('LmdbEventStream', async ({ limitBytes }) => {
  const path = mkdtempSync(join(tmpdir(), 'trailgate-log-'));
  let stream = createLmdbEventStream({ path, limitBytes });
  return {
    stream,
    reopen: async () => {
      await stream.close();
      stream = createLmdbEventStream({ path, limitBytes });
      return stream;
    },
    remove: async () => {
      await stream.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
});
