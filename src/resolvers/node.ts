import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql';
import { mayUse } from '../access/operations.ts';
import { AppError, unreachable } from '../domain/errors.ts';
import { Node, type NodeType, type TypedRow } from '../schema/node.ts';
import { type GlobalId, readGlobalId } from './global-id.ts';
import type { RequestContext } from './request-context.ts';

/** The root field under whose rules a node of this type is shown. */
const OPERATION_OF: Readonly<Record<NodeType, string>> = {
  AuditEvent: 'Query.auditEvent',
  User: 'Query.user',
  IngestError: 'Query.ingestErrors',
};

@Resolver()
export class NodeResolver {
  @Authorized()
  @Query(() => Node, { nullable: true, description: 'Under the same rules as the field that gave the id.' })
  async node(
    @Arg('id', () => ID, { description: 'As a field `id` gave it.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<TypedRow | null> {
    const globalId = readGlobalId(context.features.seal, id);
    if (!globalId) return null;
    if (!mayUse(context.caller, OPERATION_OF[globalId.type]))
      throw new AppError('FORBIDDEN', `You may not read a ${globalId.type}.`);
    const row = await findRow(globalId, context);
    return row && { ...row, nodeType: globalId.type };
  }
}

async function findRow({ type, key }: GlobalId, { caller, features, loaders }: RequestContext): Promise<object | null> {
  switch (type) {
    case 'AuditEvent':
      return features.auditEvents.find(caller, { eventId: String(key[0]), timestamp: Number(key[1]) });
    case 'User':
      return loaders.userById.load(String(key[0]));
    case 'IngestError':
      return (await features.ingestErrors.byIds(caller, [String(key[0])]))[0] ?? null;
    default:
      return unreachable(type);
  }
}
