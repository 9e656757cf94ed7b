import { createWriteQueue } from '../../../src/adapters/warehouse/write-queue.ts';
import { WRITE_URGENCIES } from '../../../src/ports/warehouse.ts';

function aGate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('the write queue', () => {
  test('runs the most urgent first, in order of arrival within one urgency', async () => {
    const queue = createWriteQueue();
    const gate = aGate();
    const order: string[] = [];
    const first = queue.run('metrics', () => gate.opened);
    const others = [...WRITE_URGENCIES, ...WRITE_URGENCIES].reverse().map((urgency, index) =>
      queue.run(urgency, async () => {
        order.push(`${urgency} ${index}`);
      }),
    );
    gate.open();
    await Promise.all([first, ...others]);
    expect(order).toEqual([
      'violations 5',
      'violations 11',
      'load 4',
      'load 10',
      'refresh 3',
      'refresh 9',
      'retention 2',
      'retention 8',
      'metrics 1',
      'metrics 7',
      'migrations 0',
      'migrations 6',
    ]);
  });

  test('never runs two at a time', async () => {
    const queue = createWriteQueue();
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        queue.run(index % 2 ? 'load' : 'refresh', async () => {
          running += 1;
          most = Math.max(most, running);
          await Promise.resolve();
          running -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  test('goes on after work that failed', async () => {
    const queue = createWriteQueue();
    const failing = queue.run('load', () => Promise.reject(new Error('no')));
    const next = queue.run('load', async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
    expect(await queue.run('load', async () => 'later')).toBe('later');
  });
});
