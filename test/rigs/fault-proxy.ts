import { once } from 'node:events';
import { Agent } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { json, buffer as whole } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisEndpoint } from './kinesis-endpoint.ts';
import { createExchangeServer, type Exchange } from './proxy-exchange.ts';

/** What happens to a call; null passes it on. */
export type Fault =
  /** Refused as a whole: nothing is passed on. */
  | { readonly kind: 'refuse'; readonly type: string; readonly status?: number }
  /** Records of a PutRecords call that are not taken; the others are passed on. */
  | { readonly kind: 'partial'; readonly fails: (index: number) => boolean; readonly code?: string }
  /** An answer of our own. */
  | { readonly kind: 'answer'; readonly body: unknown }
  /** The connection breaks before the call is passed on. */
  | { readonly kind: 'reset' }
  /** Passed on after a while. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Passed on, and the connection breaks before the answer. */
  | { readonly kind: 'lost' }
  /** Passed on, and the connection breaks a while into the answer. */
  | { readonly kind: 'cut'; readonly ms: number };

export interface ProxiedCall {
  readonly operation: string;
  /** As it was sent. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Counts the calls of this operation, from 0. */
  readonly index: number;
}

export interface FaultProxyOptions {
  readonly target: string;
  readonly fault?: (call: ProxiedCall) => Fault | null;
}

export const THROTTLED = 'ProvisionedThroughputExceededException';

/** Stands in front of an emulator, which never fails by itself, and makes it fail. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<KinesisEndpoint> {
  const { target, fault = () => null } = options;
  const agent = new Agent({ keepAlive: true });
  const counts = new Map<string, number>();
  const handle = async (exchange: Exchange): Promise<void> => {
    const { operation, body } = exchange;
    const index = counts.get(operation) ?? 0;
    counts.set(operation, index + 1);
    const input = JSON.parse(body.toString()) as Record<string, unknown>;
    await apply(fault({ operation, input, index }), exchange);
  };
  const server = createExchangeServer({ target, agent, handle });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await closed;
    },
  };
}

async function apply(fault: Fault | null, exchange: Exchange): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return exchange.relay(await exchange.pass());
    case 'refuse':
      return exchange.answer(fault.status ?? 400, JSON.stringify({ __type: fault.type, message: fault.type }));
    case 'partial':
      return passPartly(fault, exchange);
    case 'answer':
      return exchange.answer(200, JSON.stringify(fault.body));
    case 'reset':
      return exchange.breakOff();
    case 'slow':
      await sleep(fault.ms);
      return exchange.relay(await exchange.pass());
    case 'lost':
      await whole(await exchange.pass());
      return exchange.breakOff();
    case 'cut':
      exchange.relay(await exchange.pass());
      await sleep(fault.ms);
      return exchange.breakOff();
  }
}

interface PutRecords {
  readonly Records: readonly unknown[];
}

/** The records that fail never reach the target; its answers and theirs are put together in the order of the call. */
async function passPartly(
  { fails, code = THROTTLED }: Extract<Fault, { kind: 'partial' }>,
  exchange: Exchange,
): Promise<void> {
  const input = JSON.parse(exchange.body.toString()) as PutRecords;
  const passed = input.Records.filter((_, index) => !fails(index));
  const answered =
    passed.length > 0
      ? ((await json(await exchange.pass(JSON.stringify({ ...input, Records: passed })))) as PutRecords)
      : { Records: [] };
  const taken = [...answered.Records];
  const Records = input.Records.map((_, index) =>
    fails(index) ? { ErrorCode: code, ErrorMessage: `${code} of record ${index}` } : taken.shift(),
  );
  exchange.answer(200, JSON.stringify({ FailedRecordCount: input.Records.length - passed.length, Records }));
}
