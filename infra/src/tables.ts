import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  StreamViewType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** Documents that change by compare-and-set, and leases: the gateway's own. */
export const createControlTable = (scope: Construct, installation: string, key: IKey): Table =>
  new Table(scope, 'ControlTable', {
    ...kept(key),
    tableName: `${installation}-control`,
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
  });

/** Where producers that know DynamoDB put events; its stream carries them on. */
export const createAuditTable = (scope: Construct, installation: string, key: IKey): Table =>
  new Table(scope, 'AuditTable', {
    ...kept(key),
    tableName: `${installation}-audit-events`,
    partitionKey: { name: 'event_id', type: AttributeType.STRING },
    sortKey: { name: 'timestamp', type: AttributeType.STRING },
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: TTL_ATTRIBUTE,
  });

/** When DynamoDB may delete an item, in seconds since 1970; no part of its event. */
export const TTL_ATTRIBUTE = 'ttl';

const kept = (key: IKey): Omit<TableProps, 'partitionKey'> => ({
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.CUSTOMER_MANAGED,
  encryptionKey: key,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
});
