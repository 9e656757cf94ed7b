declare module 's3rver' {
  import type { IncomingMessage, Server, ServerResponse } from 'node:http';
  import type { AddressInfo } from 'node:net';

  interface StoredObject {
    readonly bucket: string;
    readonly key: string;
  }

  export default class S3rver {
    constructor(options: {
      readonly address: string;
      readonly port: number;
      readonly silent: boolean;
      readonly directory: string;
      readonly configureBuckets: readonly { readonly name: string }[];
    });
    readonly httpServer: Server;
    readonly store: {
      listObjects(
        bucket: string,
        options: {
          readonly delimiter?: string;
          readonly startAfter?: string;
          readonly prefix?: string;
          readonly maxKeys?: number;
        },
      ): Promise<{ objects: StoredObject[]; commonPrefixes: string[]; isTruncated: boolean }>;
      putObject(object: StoredObject): Promise<{ readonly size: number; readonly md5: string }>;
      putPart(bucket: string, uploadId: string, part: string, content: unknown): Promise<{ readonly size: number }>;
      getResourcePath(bucket: string, key: string | undefined, resource: string): string;
    };
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
    on(event: 'event', listener: (event: unknown) => void): this;
  }
}
