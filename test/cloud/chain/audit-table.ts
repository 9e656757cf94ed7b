import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Installation } from './installation.ts';

export interface AuditItem {
  readonly event_id: string;
  readonly timestamp: string;
  readonly [attribute: string]: unknown;
}

/** What a producer that knows DynamoDB does to the table. */
export function createAuditTable({ clients: { dynamodb }, auditTable: TableName }: Installation) {
  return {
    /** A new item is an INSERT, one of the same key a MODIFY. */
    put: async (item: AuditItem): Promise<void> => {
      await dynamodb.send(new PutItemCommand({ TableName, Item: marshall(item) as Record<string, AttributeValue> }));
    },
    remove: async ({ event_id, timestamp }: AuditItem): Promise<void> => {
      await dynamodb.send(new DeleteItemCommand({ TableName, Key: marshall({ event_id, timestamp }) }));
    },
  };
}

/** The requirement's flat form. */
export const aFlatItem = (id: string, more: Record<string, unknown> = {}): AuditItem => ({
  event_id: id,
  timestamp: '2026-03-20T14:30:00.123Z',
  event_type: 'DATA_ACCESS',
  user_id: 'u-flat',
  action: 'READ',
  resource_id: `orders/${id}`,
  resource_type: 'TABLE',
  environment: 'PROD',
  region: 'EU',
  source: 'orders',
  metadata: { ip_address: '10.0.0.1', rows: 12 },
  ...more,
});

/** And its nested form. */
export const aNestedItem = (id: string, more: Record<string, unknown> = {}): AuditItem => ({
  event_id: id,
  timestamp: '2026-03-20T15:30:00Z',
  event_type: 'DATA_MODIFICATION',
  source: 'orders',
  user: { id: 'u-nested', role: 'CLERK', department: 'SALES' },
  action: { type: 'UPDATE', resource: `orders/${id}`, resource_type: 'TABLE', sensitivity: 'HIGH' },
  metadata: { tags: ['a', 1, true, null] },
  ...more,
});
