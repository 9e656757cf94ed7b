const NEW_LINE = 0x0a;
const MOST_FAULTS = 20;

interface EventLine {
  readonly kind: string;
  readonly event?: { readonly userId: string; readonly metadata?: { readonly n?: number } };
}

/**
 * Looks at lines in the order of their shard: a producer numbers the events of each of its users from 1 and sends the next
 * ones when those before are acknowledged, so that each number must come, at first, right behind the one before it. Lower
 * ones are copies.
 */
export function createStreamOrder(isOrdered: (userId: string) => boolean) {
  const lastOf = new Map<string, number>();
  const figures = { lines: 0, events: 0, eventsInOrder: 0, copies: 0, ledgerLines: 0 };
  const faults: string[] = [];

  const take = ({ kind, event }: EventLine): void => {
    figures.lines += 1;
    if (kind === 'LEDGER') figures.ledgerLines += 1;
    const n = event?.metadata?.n;
    if (kind !== 'EVENT' || !event || n === undefined) return;
    figures.events += 1;
    if (!isOrdered(event.userId)) return;
    const last = lastOf.get(event.userId) ?? 0;
    if (n <= last) {
      figures.copies += 1;
      return;
    }
    if (n > last + 1 && faults.length < MOST_FAULTS) {
      faults.push(`in the stream, event ${n} of ${event.userId} stands before event ${last + 1}`);
    }
    lastOf.set(event.userId, n);
    figures.eventsInOrder += 1;
  };

  return {
    figures,
    faults,
    add: (lines: Buffer): void => {
      for (let from = 0; from < lines.length; ) {
        const end = lines.indexOf(NEW_LINE, from);
        take(JSON.parse(lines.toString('utf8', from, end)) as EventLine);
        from = end + 1;
      }
    },
  };
}
