const UNIT_MS = { hour: 3_600_000, day: 24 * 3_600_000 } as const;

/** Folders of every UTC hour or day that touches the span, oldest first, as the settings of infra/ have Firehose name them. */
export function timePrefixes(span: {
  readonly from: number;
  readonly to: number;
  readonly unit: 'hour' | 'day';
}): readonly string[] {
  const unitMs = UNIT_MS[span.unit];
  const prefixes: string[] = [];
  for (let at = Math.floor(span.from / unitMs) * unitMs; at <= span.to; at += unitMs) {
    const [year, month, day, hour] = new Date(at).toISOString().split(/[-T:]/);
    const ofDay = `year=${year}/month=${month}/day=${day}/`;
    prefixes.push(span.unit === 'day' ? ofDay : `${ofDay}hour=${hour}/`);
  }
  return prefixes;
}

const FOLDER_OF_TIME = /^(year=\d{4})\/month=\d{2}\/day=\d{2}\//;

/** Of a key without what every key begins with. */
export const isInFolderOfTime = (rest: string): boolean => FOLDER_OF_TIME.test(rest);

/** The folder of the year, without its slash; the key must lie in a folder of a time. */
export const yearFolderOf = (rest: string): string => FOLDER_OF_TIME.exec(rest)?.[1] ?? rest;
