import { LIMITS } from '../../src/domain/audit-event.ts';
import { createSentEvents } from '../../src/resolvers/sent-events.ts';

test('counts the events of a whole request, whatever mutation sends them', () => {
  const sent = createSentEvents();
  sent.take(LIMITS.maxEventsPerRequest - 1);
  sent.take(1);
  expect(() => sent.take(1)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: ['events'] }));
});
