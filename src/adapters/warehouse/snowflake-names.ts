import type { SqlTokens } from './sql-files.ts';
import { quoteText } from './warehouse-sql.ts';

/** What an installation calls its things in Snowflake; what sql/snowflake makes and the gateway uses. */
export interface SnowflakeNames {
  readonly database: string;
  /** Schema of raw, errors and marts: the one that sessions stand in. */
  readonly martsSchema: string;
  /** Schema of what Snowpipe lands. */
  readonly landingSchema: string;
  /** Compute for questions, and for load, refresh and migrations. */
  readonly readWarehouse: string;
  readonly loadWarehouse: string;
  readonly ownerRole: string;
  readonly writerRole: string;
  readonly readerRole: string;
  readonly storageIntegration: string;
}

/** Where Firehose delivers, and the role that Snowflake assumes to read there. */
export interface SnowflakeLandingPlace {
  /** `s3://bucket/prefix/` */
  readonly url: string;
  readonly roleArn: string;
}

/** @throws Error for a name that would need quotes, an address that is no folder of S3, and what is no role. */
export function nameTokens(names: SnowflakeNames, { url, roleArn }: SnowflakeLandingPlace): SqlTokens {
  return {
    DATABASE: plainName('database', names.database),
    MARTS_SCHEMA: plainName('marts schema', names.martsSchema),
    LANDING_SCHEMA: plainName('landing schema', names.landingSchema),
    READ_WAREHOUSE: plainName('read warehouse', names.readWarehouse),
    LOAD_WAREHOUSE: plainName('load warehouse', names.loadWarehouse),
    OWNER_ROLE: plainName('owner role', names.ownerRole),
    WRITER_ROLE: plainName('writer role', names.writerRole),
    READER_ROLE: plainName('reader role', names.readerRole),
    STORAGE_INTEGRATION: plainName('storage integration', names.storageIntegration),
    LANDING_URL: quoteText(matching('landing address', url, /^s3:\/\/[a-z0-9.-]+\/([^']+\/)?$/, 's3://bucket/events/')),
    STORAGE_ROLE_ARN: quoteText(
      matching(
        'storage role',
        roleArn,
        /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/,
        'arn:aws:iam::123456789012:role/name',
      ),
    ),
    LINE_FORMAT: quoteText(`${names.landingSchema}.ndjson_lines`),
  };
}

/** Unquoted, so that every client may write it in any case. */
const plainName = (what: string, name: string): string =>
  matching(what, name, /^[A-Za-z_][A-Za-z0-9_$]{0,254}$/, 'AUDIT_DW');

function matching(what: string, value: string, pattern: RegExp, example: string): string {
  if (pattern.test(value)) return value;
  throw new Error(`"${value}" cannot be the ${what} of Snowflake; it is written like ${example}.`);
}
