import { Authorized, Ctx, Query, Resolver } from 'type-graphql';
import { operationsOf } from '../access/operations.ts';
import { LIMITS } from '../domain/audit-event.ts';
import { PAGE_LIMITS } from '../domain/page.ts';
import { MAX_GROUP_BY } from '../query/audit-event-groups.ts';
import { MAX_FILTER_CONDITIONS } from '../query/event-conditions.ts';
import { Settings, Viewer } from '../schema/viewer.ts';
import type { RequestContext } from './request-context.ts';

@Resolver()
export class ViewerResolver {
  @Authorized()
  @Query(() => Viewer, { description: 'Who is asking.' })
  viewer(@Ctx() { caller }: RequestContext): Viewer {
    const { subject, roles, scope } = caller;
    return { subject, roles, scope, operations: operationsOf(caller) };
  }

  @Authorized()
  @Query(() => Settings, { description: 'What holds for this caller.' })
  settings(@Ctx() { caller, features }: RequestContext): Settings {
    const { maxEventsPerRequest, maxEventBytes, maxRequestBytes } = LIMITS;
    return {
      ...PAGE_LIMITS,
      maxEventsPerRequest,
      maxEventBytes,
      maxRequestBytes,
      maxFilterConditions: MAX_FILTER_CONDITIONS,
      maxGroupBy: MAX_GROUP_BY,
      queryTimeoutMs: features.settings.queryTimeoutMs,
      maskedFields: [...caller.masks].map((field) => `AuditEvent.${field}`),
    };
  }
}
