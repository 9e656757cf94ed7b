import type * as SnowflakeSdk from 'snowflake-sdk';

export type SnowflakeDriver = Pick<typeof SnowflakeSdk, 'createConnection'>;

let loading: Promise<SnowflakeDriver> | null = null;

/** The vendor's driver, loaded at first use: that costs a second and a hundred megabytes. */
export function loadSnowflakeDriver(): Promise<SnowflakeDriver> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SnowflakeDriver> {
  // The driver reads these, and only here can they be set. When it is loaded it would ask the metadata addresses of three
  // clouds where it runs, and later report on how it is used.
  process.env.SNOWFLAKE_DISABLE_PLATFORM_DETECTION ??= 'true';
  process.env.SNOWFLAKE_DISABLE_MINICORE ??= 'true';
  process.env.SF_TELEMETRY_DISABLE_CONNECTION_SHAPE ??= 'true';
  const loaded = await import('snowflake-sdk');
  // A CommonJS module: under `default` where Node imports it, itself where tests are built as CommonJS.
  const driver = loaded.default ?? loaded;
  // Otherwise it writes to standard output and into a file in the working directory, statements included.
  driver.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  return driver;
}
