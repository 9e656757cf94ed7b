import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { IngestErrorRow } from '../query/ingest-errors.ts';
import { IngestErrorResolution } from '../schema/enums.ts';
import { IngestErrorFilter } from '../schema/filters.ts';
import { IngestError, IngestErrorConnection, IngestErrorsPayload } from '../schema/ingest-error.ts';
import { toConnection } from '../schema/page.ts';
import { writeGlobalId } from './global-id.ts';
import type { RequestContext } from './request-context.ts';
import { selectedBelow } from './selection.ts';

@Resolver(() => IngestError)
export class IngestErrorResolver {
  @Authorized()
  @Query(() => IngestErrorConnection, { nullable: true, description: 'Newest first.' })
  async ingestErrors(
    @Arg('filter', () => IngestErrorFilter, { nullable: true, description: 'Which; all when absent.' })
    filter: IngestErrorFilter | null,
    @Arg('first', () => Int, { nullable: true, description: 'How many.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Behind this cursor.' }) after: string | null,
    @Ctx() { caller, features, pageRows }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    pageRows.take(first, 'first');
    const withTotal = selectedBelow(info, []).has('totalCount');
    const page = await features.ingestErrors.page(caller, { filter, first, after, withTotal });
    return toConnection({ ...page, rows: page.errors }, {});
  }

  @Authorized()
  @Mutation(() => IngestErrorsPayload, { nullable: true, description: 'Replaying is harmless: an event counts once.' })
  async resolveIngestErrors(
    @Arg('errorIds', () => [String], { description: 'Which; at most settings.maxEventsPerRequest.' })
    errorIds: string[],
    @Arg('resolution', () => IngestErrorResolution, { description: 'What to do with them.' }) resolution:
      | 'REPLAY'
      | 'DISCARD',
    @Arg('reason', () => String, { description: 'Why; it goes into the audit trail.' }) reason: string,
    @Ctx() { caller, features }: RequestContext,
  ) {
    const { resolved, rejections } = await features.resolveIngestErrors(caller, { errorIds, resolution, reason });
    const errors = await features.ingestErrors.byIds(caller, resolved);
    return { errors: errors.filter((error) => error !== null), rejections };
  }

  @FieldResolver(() => ID, { description: 'Opaque and global, for caches and `node`.' })
  id(@Root() error: IngestErrorRow, @Ctx() { features }: RequestContext) {
    return writeGlobalId(features.seal, 'IngestError', error.errorId);
  }
}
