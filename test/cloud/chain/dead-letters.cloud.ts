import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { replayDlqCommand, replayOnProcess } from '../../../src/cli/replay-dlq.ts';
import { Captured } from '../../cli/captured.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';
import { aFlatItem, createAuditTable } from './audit-table.ts';
import { buildLambda } from './built-lambda.ts';
import { enterVariables } from './enter-variables.ts';
import { deployInstallation, type Installation } from './installation.ts';
import { giveUpAfter, setVariables } from './lambda.ts';
import { readLandedLines } from './landed-objects.ts';
import { until } from './until.ts';

interface Line {
  readonly kind: string;
  readonly event?: { readonly eventId: string };
}

/** A function that was set up wrongly gives changes up; once that is put right, none of them is lost. */
describe('what the Lambda gave up', () => {
  let ministack: Ministack;
  let installation: Installation;
  let leave: () => void;

  beforeAll(async () => {
    const lambdaZip = buildLambda();
    ministack = await startMinistack();
    installation = await deployInstallation(ministack, { lambdaZip, shards: 2, buckets: 4 });
    leave = enterVariables({ ...ministack.environment, ...variablesOf(installation) });
  });
  afterAll(async () => {
    leave?.();
    installation?.close();
    await ministack?.stop();
  });

  const variablesOf = ({ streamName, buckets, installationKey }: Installation) => ({
    TRAILGATE_KINESIS_STREAM: streamName,
    TRAILGATE_KINESIS_BUCKETS: String(buckets),
    TRAILGATE_INSTALLATION_KEY: installationKey,
  });
  const lettersLeft = async (): Promise<number> => {
    const { Attributes: attributes } = await installation.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: installation.deadLettersUrl, AttributeNames: ['All'] }),
    );
    return Number(attributes?.ApproximateNumberOfMessages);
  };
  const linesOf = async (): Promise<Line[]> =>
    (await readLandedLines(installation.clients.s3, installation.eventsBucket, 'events/'))
      .map((line) => JSON.parse(line) as Line)
      .filter(({ kind }) => kind !== 'LEDGER');
  const replay = async (...flags: string[]) => {
    const [out, err] = [new Captured(), new Captured()];
    let exitCode = 0;
    const setExitCode = (code: number): void => {
      exitCode = code;
    };
    await replayDlqCommand({ ...replayOnProcess(), out, err, setExitCode }).parseAsync(
      ['--queue', installation.deadLettersUrl, ...flags],
      { from: 'user' },
    );
    return { out: out.text, err: err.text, exitCode };
  };

  test('is replayed from the table’s stream, each change once, and the queue is empty then', async () => {
    await setVariables(installation, { ...variablesOf(installation), TRAILGATE_INSTALLATION_KEY: 'too short' });
    await giveUpAfter(installation, 1);
    const table = createAuditTable(installation);
    for (const id of ['evt_1', 'evt_2', 'evt_3']) await table.put(aFlatItem(id));
    await table.put(aFlatItem('evt_bad', { user_id: 7 }));
    await until(lettersLeft, (letters) => letters > 0, ministack.log);
    // The rest of the four may be given up apart.
    const lookingAhead = await until(
      () => replay('--dry-run'),
      ({ out }) => /records +4\n/.test(out),
      ministack.log,
    );
    expect(lookingAhead.exitCode).toBe(0);
    expect(await linesOf()).toEqual([]);

    const { out, err, exitCode } = await replay();
    expect({ exitCode, out, err }).toMatchObject({ exitCode: 0, out: expect.stringMatching(/records +4\n/) });
    expect(await lettersLeft()).toBe(0);
    const lines = await until(linesOf, (found) => found.length >= 4, ministack.log);
    expect(lines.map(({ kind, event }) => `${kind} ${event?.eventId ?? ''}`).sort()).toEqual([
      'EVENT evt_1',
      'EVENT evt_2',
      'EVENT evt_3',
      'REJECTED ',
    ]);
  });
});
