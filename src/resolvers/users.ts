import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import type { UserRow } from '../query/users.ts';
import { UserActivityFilter } from '../schema/filters.ts';
import { toConnection } from '../schema/page.ts';
import { User, UserActivity, UserActivityConnection, UserActivityOrder } from '../schema/user.ts';
import { writeGlobalId } from './global-id.ts';
import type { RequestContext } from './request-context.ts';
import { selectedBelow } from './selection.ts';

const LATEST_FIRST: UserActivityOrder = { field: 'LAST_ACTIVITY_AT', direction: 'DESC' };

@Resolver(() => User)
export class UserResolver {
  @Authorized()
  @Query(() => UserActivityConnection, { nullable: true, description: 'Users and what they do, a page at a time.' })
  async userActivity(
    @Arg('filter', () => UserActivityFilter, { nullable: true, description: 'Which rows; all when absent.' })
    filter: UserActivityFilter | null,
    @Arg('orderBy', () => UserActivityOrder, { defaultValue: LATEST_FIRST, description: 'In what order.' })
    orderBy: UserActivityOrder,
    @Arg('first', () => Int, { nullable: true, description: 'How many.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Behind this cursor.' }) after: string | null,
    @Ctx() { caller, features, signal, pageRows }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    pageRows.take(first, 'first');
    const args = { filter, orderBy, first, after, withTotal: selectedBelow(info, []).has('totalCount') };
    const page = await features.userActivity(caller, args, signal);
    return toConnection(page, { dataAsOf: page.dataAsOf });
  }

  @Authorized()
  @Query(() => User, { nullable: true, description: 'A caller who sees pseudonyms asks by pseudonym.' })
  user(
    @Arg('userId', () => String, { description: 'The name that producers use.' }) userId: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.userById.load(userId);
  }

  @FieldResolver(() => ID, { description: 'Opaque and global, for caches and `node`.' })
  id(@Root() user: UserRow, @Ctx() { features }: RequestContext) {
    return writeGlobalId(features.seal, 'User', user.userId);
  }

  @FieldResolver(() => [UserActivity], {
    nullable: true,
    description: 'One row per activity type, most frequent first.',
  })
  activity(@Root() user: UserRow, @Ctx() { loaders }: RequestContext) {
    return loaders.activityByUser.load(user.userId);
  }
}
