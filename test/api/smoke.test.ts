import { type RunningApp, startTestApp } from './running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

test('an accepted event is in every answer whose dataAsOf is later than its receivedAt', async () => {
  const { accepted } = await app.ingest([
    { eventId: 'e-1', timestamp: '2024-03-20T14:30:00Z', eventType: 'LOGIN', action: 'LOGIN', userId: 'usr-1' },
  ]);
  expect(accepted).toBe(1);
  const { data } = await app.query('{ auditEvent(eventId: "e-1") { userId activityType } }');
  expect(data.auditEvent).toEqual({ userId: 'usr-1', activityType: 'LOGIN' });
});
