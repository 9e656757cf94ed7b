import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningApp, startTestApp } from './running-app.ts';

describe('how fresh the marts are', () => {
  let app: RunningApp;
  afterEach(() => app.remove());

  test('an empty gateway is as fresh as its clock: dataAsOf moves on before the first event', async () => {
    const before = new Date().toISOString();
    app = await startTestApp();
    await app.queryable(before);
  });

  test('after its log was taken away, dataAsOf moves on without an event, and what was loaded is answered', async () => {
    app = await startTestApp();
    await app.ingest([
      { eventId: 'e-1', timestamp: new Date().toISOString(), eventType: 'LOGIN', action: 'LOGIN', userId: 'usr-1' },
    ]);
    await app.stop();
    await rename(join(app.dataDirectory, 'log'), join(app.dataDirectory, 'former-log'));
    const before = new Date().toISOString();
    app = await startTestApp({ LOG_LEVEL: 'silent' }, app.dataDirectory);
    await app.queryable(before);
    const { data } = await app.query('{ auditEvents(first: 5) { nodes { eventId } } }');
    expect(data.auditEvents.nodes).toEqual([{ eventId: 'e-1' }]);
  });
});
