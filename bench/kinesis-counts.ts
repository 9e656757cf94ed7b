/** As it is written: `Data` in base64. */
export interface SentRecord {
  readonly Data: string;
  readonly PartitionKey: string;
}

/** What Kinesis bills a record for: data and key, in units of 25 KiB; what it reads of a record, Firehose bills in units of 5 KiB. */
const PUT_UNIT_BYTES = 25 * 1024;
const FIREHOSE_UNIT_BYTES = 5 * 1024;

/** Sums over the PutRecords calls that were taken. */
export function createCounts() {
  const figures = { calls: 0, records: 0, bytes: 0, putUnits: 0, firehoseUnits: 0 };
  return {
    figures,
    add: (records: readonly SentRecord[]): void => {
      figures.calls += 1;
      for (const { Data, PartitionKey } of records) {
        const bytes = Buffer.byteLength(Data, 'base64');
        figures.records += 1;
        figures.bytes += bytes + PartitionKey.length;
        figures.putUnits += Math.ceil((bytes + PartitionKey.length) / PUT_UNIT_BYTES);
        figures.firehoseUnits += Math.ceil(bytes / FIREHOSE_UNIT_BYTES);
      }
    },
  };
}
