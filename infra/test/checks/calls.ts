import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `service:Action` for each call of the AWS SDK that a source file imports the command of. */
export function rightsNeeded(source: string): readonly string[] {
  const imports = source.matchAll(/import (type )?\{([^}]*)\} from '@aws-sdk\/(client-[a-z0-9-]+|lib-storage)'/g);
  return [...imports]
    .filter(([, isType]) => !isType)
    .flatMap(([, , names, client]) => {
      const imported = String(names)
        .split(',')
        .map((name) => name.trim());
      if (client === 'lib-storage') return imported.includes('Upload') ? UPLOAD : [];
      const service = SERVICE_OF[String(client)] ?? String(client).replace('client-', '');
      return imported
        .filter((name) => name.endsWith('Command'))
        .map((name) => `${service}:${name.slice(0, -'Command'.length)}`)
        .flatMap((action) => OTHERWISE_NAMED[action] ?? [action]);
    });
}

/** The same of every file below a folder. */
export const rightsNeededBelow = (folder: string): readonly string[] =>
  [
    ...new Set(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => rightsNeeded(readFileSync(join(folder, name), 'utf8'))),
    ),
  ].sort();

/** A multipart upload is begun, filled and ended by the right to put. */
const UPLOAD = ['s3:PutObject', 's3:AbortMultipartUpload'];

const SERVICE_OF: Readonly<Record<string, string>> = { 'client-dynamodb-streams': 'dynamodb' };

/** Calls whose right has another name than they. */
const OTHERWISE_NAMED: Readonly<Record<string, readonly string[]>> = {
  's3:HeadObject': ['s3:GetObject'],
  's3:HeadBucket': ['s3:ListBucket'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:GetPublicAccessBlock': ['s3:GetBucketPublicAccessBlock'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:UploadPart': ['s3:PutObject'],
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  'dynamodb:TransactWriteItems': [
    'dynamodb:ConditionCheckItem',
    'dynamodb:DeleteItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
  ],
};
