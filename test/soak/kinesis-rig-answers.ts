import { inspect } from 'node:util';

type Handler = (input: never) => unknown;

/** The rig's side of kinesis-rig-process.mjs: says that it is ready, and answers what it is asked. Ends with its parent. */
export function answerParent(ready: object, handlers: Readonly<Record<string, Handler>>): void {
  const send = (message: object): void => {
    process.send?.(message);
  };
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ id, name, input }: { id: number; name: string; input: unknown }) => {
    try {
      const handler = handlers[name];
      if (!handler) throw new Error(`the rig knows no ${name}`);
      send({ id, result: (await handler(input as never)) ?? null });
    } catch (error) {
      // With its causes.
      send({ id, error: inspect(error, { depth: 4 }) });
    }
  });
  send({ id: 0, result: ready });
}
