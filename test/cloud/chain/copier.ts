import type { RunningApp } from '../../api/running-app.ts';

export interface Copied {
  readonly eventId: string;
  readonly timestamp: string;
  readonly receivedAt: string;
}

const PAGE = `query ($after: String) {
  auditEvents(first: 25, after: $after, orderBy: { field: RECEIVED_AT, direction: ASC }) {
    nodes { eventId timestamp receivedAt } pageInfo { hasNextPage endCursor } dataAsOf
  }
}`;

/**
 * Copies as the guide says: by RECEIVED_AT, on from the last cursor, whatever arrives meanwhile. What it has is a copy
 * only if no event ever comes to stand behind its cursor.
 */
export function createCopier() {
  const copied: Copied[] = [];
  let cursor: string | null = null;
  let dataAsOf = '';
  return {
    copied,
    /** To the end of what there is now. @throws Error when a page is wrong by itself. */
    copyOn: async (node: RunningApp): Promise<void> => {
      for (let page = 0; page < 1_000; page += 1) {
        const { data, errors } = await node.query(PAGE, { after: cursor });
        if (errors) throw new Error(JSON.stringify(errors));
        const { nodes, pageInfo, dataAsOf: asOf } = data.auditEvents;
        if (asOf < dataAsOf) throw new Error(`dataAsOf went back from ${dataAsOf} to ${asOf}`);
        const late = nodes.find((event: Copied) => event.receivedAt >= asOf);
        if (late) throw new Error(`${late.eventId} of ${late.receivedAt} is answered before its time, ${asOf}`);
        copied.push(...nodes);
        dataAsOf = asOf;
        cursor = pageInfo.endCursor ?? cursor;
        if (!pageInfo.hasNextPage) return;
      }
      throw new Error('the pages never end');
    },
  };
}
