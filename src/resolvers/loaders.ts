import DataLoader from 'dataloader';
import type { Caller } from '../domain/caller.ts';
import type { Features, RequestContext } from './request-context.ts';

/** One batch may name this many users: the values of one `in` list. */
const MAX_BATCH = 1_000;

export const createLoaders = (caller: Caller, { users }: Pick<Features, 'users'>): RequestContext['loaders'] => ({
  userById: new DataLoader((userIds) => users.byIds(caller, userIds), { maxBatchSize: MAX_BATCH }),
  activityByUser: new DataLoader((userIds) => users.activityByIds(caller, userIds), { maxBatchSize: MAX_BATCH }),
});
