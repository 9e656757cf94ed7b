// Fills the warehouse's cache with questions, as it is on a server in use: what grows afterwards is no cache.
import { residentMiB } from './children.mjs';

const GROUPS = `query Fill($by: [AuditEventDimension!]) {
  auditEventGroups(first: 1, groupBy: $by) { nodes { count uniqueUsers uniqueResources lastAt } }
}`;
/** Of all events that match nothing: every text of the column is read for it. */
const LOOK = `query Look($filter: AuditEventFilter) { auditEvents(first: 1, filter: $filter) { totalCount } }`;
const ABSENT = { contains: 'no text holds this' };
const LOOKS = [
  ...['eventId', 'userId', 'resourceId', 'source', 'sessionId', 'sourceIp'].map((field) => ({ [field]: ABSENT })),
  { metadata: [{ path: 'absent', value: { eq: 'no value is this' } }] },
];
const ROUNDS = 3;

/** Answers the resident memory before and after, in MiB. */
export async function fillCache(server) {
  const before = residentMiB(server.pid).now;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const filter of LOOKS) await server.query(LOOK, { filter });
    for (const by of ['USER_ID', 'EVENT_TYPE', 'OUTCOME']) await server.query(GROUPS, { by: [by] });
  }
  return { before, after: residentMiB(server.pid).now };
}
