import type { Answer, RunningApp } from './running-app.ts';

/** An event as a producer sends it. */
export interface SentEvent {
  readonly eventId: string;
  readonly timestamp: string;
  readonly eventType: string;
  readonly action: string;
  readonly userId: string;
  readonly [field: string]: unknown;
}

let made = 0;

/** A valid event; say only what the test is about. */
export function anEvent(given: Partial<SentEvent> = {}): SentEvent {
  made += 1;
  return {
    eventId: `evt-${String(made).padStart(6, '0')}`,
    timestamp: '2024-03-20T14:30:00.000Z',
    eventType: 'DATA_ACCESS',
    action: 'READ',
    userId: 'usr-0001',
    ...given,
  };
}

/** The same numbers from the same seed, 0 to 1. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const isoAt = (at: number): string => new Date(at).toISOString();

export interface Paged {
  readonly ids: string[];
  readonly pages: Answer['data'][];
}

export interface PageWalk {
  /** The root field. */
  readonly field: string;
  /** Its arguments beside the page's own, as GraphQL text. */
  readonly args?: string;
  readonly size: number;
  readonly backward?: boolean;
  /** What is selected of the connection beside cursors. */
  readonly select?: string;
  /** Names a row. */
  readonly idOf?: (node: Answer['data']) => string;
  /** Called between two pages. */
  readonly between?: (page: number) => Promise<void>;
}

/** Reads a listing to its end, as a client does: with the cursors of pageInfo alone. Backward pages are put in order. */
export async function walkPages(app: RunningApp, walk: PageWalk): Promise<Paged> {
  const { field, args = '', size, backward = false, select = 'nodes { eventId }', between } = walk;
  const idOf = walk.idOf ?? ((node: Answer['data']) => node.eventId);
  const [count, cursor] = backward ? ['last', 'before'] : ['first', 'after'];
  const query = `query ($cursor: String) { ${field}(${args} ${count}: ${size}, ${cursor}: $cursor) {
    ${select} edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const paged: Paged = { ids: [], pages: [] };
  let at: string | null = null;
  for (let page = 0; page < 1_000; page += 1) {
    const { data, errors } = await app.query(query, { cursor: at });
    if (errors) throw new Error(JSON.stringify(errors));
    const connection = data[field];
    paged.pages.push(connection);
    const ids = connection.nodes.map(idOf);
    if (backward) paged.ids.unshift(...ids);
    else paged.ids.push(...ids);
    const more = backward ? connection.pageInfo.hasPreviousPage : connection.pageInfo.hasNextPage;
    if (!more) return paged;
    at = backward ? connection.pageInfo.startCursor : connection.pageInfo.endCursor;
    await between?.(page);
  }
  throw new Error('the pages never end');
}
