// A copier by the time of receipt, as a user would run one, that also writes down what it was told: how far the data goes,
// and how many events there were before that moment.
import { SOURCE } from './kinesis-producers.mjs';
import { send } from './server-process.mjs';

const COPY = `query ($after: String) {
  auditEvents(first: 5000, after: $after, filter: { source: { eq: "${SOURCE}" } }, orderBy: { field: RECEIVED_AT, direction: ASC }) {
    dataAsOf
    nodes { eventId userId receivedAt metadata }
    pageInfo { endCursor hasNextPage }
  }
}`;

export function createCopier() {
  let cursor = null;
  const events = [];
  const moments = [];
  return {
    events,
    /** What was promised to be whole, and how much it was: { dataAsOf, count }. */
    moments,
    copy: async (url) => {
      for (;;) {
        const { nodes, pageInfo, dataAsOf } = (await send(url, COPY, { after: cursor })).auditEvents;
        for (const { eventId, userId, receivedAt, metadata } of nodes) {
          events.push({ eventId, userId, receivedAt, n: metadata.n });
        }
        cursor = pageInfo.endCursor ?? cursor;
        if (pageInfo.hasNextPage) continue;
        moments.push({ dataAsOf, count: events.length });
        return;
      }
    },
  };
}
