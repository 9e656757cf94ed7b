import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, Info, Int, Query, Resolver } from 'type-graphql';
import { GROUP_FIGURES, type GroupDimension, type TimeInterval as Interval } from '../query/audit-event-groups.ts';
import { AuditEventGroup, AuditEventGroupConnection, AuditEventGroupOrder } from '../schema/audit-event-group.ts';
import { AuditEventDimension, TimeInterval } from '../schema/enums.ts';
import { AuditEventFilter } from '../schema/filters.ts';
import { toConnection } from '../schema/page.ts';
import { DateTime } from '../schema/scalars.ts';
import type { RequestContext } from './request-context.ts';
import { selectedBelow, selectedOfRows } from './selection.ts';

const LARGEST_FIRST: AuditEventGroupOrder = { field: 'COUNT', direction: 'DESC' };

@Resolver(() => AuditEventGroup)
export class AuditEventGroupResolver {
  @Authorized()
  @Query(() => AuditEventGroupConnection, {
    nullable: true,
    description: 'Events counted by what they have in common. Without groupBy and interval: one group, the totals.',
  })
  async auditEventGroups(
    @Arg('filter', () => AuditEventFilter, { nullable: true, description: 'Which events; all when absent.' })
    filter: AuditEventFilter | null,
    @Arg('groupBy', () => [AuditEventDimension], {
      nullable: true,
      description: 'By what; at most settings.maxGroupBy, metadata paths included.',
    })
    groupBy: GroupDimension[] | null,
    @Arg('groupByMetadata', () => [String], {
      nullable: true,
      description: 'And by the values at these paths (see MetadataFilter).',
    })
    groupByMetadata: string[] | null,
    @Arg('interval', () => TimeInterval, { nullable: true, description: 'And by time of this grain.' })
    interval: Interval | null,
    @Arg('orderBy', () => AuditEventGroupOrder, { defaultValue: LARGEST_FIRST, description: 'In what order.' })
    orderBy: AuditEventGroupOrder,
    @Arg('first', () => Int, { nullable: true, description: 'How many.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Behind this cursor.' }) after: string | null,
    @Arg('asOf', () => DateTime, { nullable: true, description: 'Only what was received before this moment.' })
    asOf: number | null,
    @Ctx() { caller, features, signal, pageRows }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    pageRows.take(first, 'first');
    const selected = selectedOfRows(info);
    const figures = new Set(GROUP_FIGURES.filter((figure) => selected.has(figure)));
    const args = {
      filter,
      groupBy,
      groupByMetadata,
      interval,
      orderBy,
      first,
      after,
      asOf,
      figures,
      withTotal: selectedBelow(info, []).has('totalCount'),
    };
    const page = await features.auditEventGroups(caller, args, signal);
    const rows = page.groups.map(({ metadata, dimensions, ...group }) => ({
      ...group,
      dimensions: { ...dimensions, metadata },
    }));
    return toConnection({ ...page, rows }, { dataAsOf: page.dataAsOf });
  }
}
