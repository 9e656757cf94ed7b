import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { AuditEventInput, IngestPayload } from '../schema/ingest.ts';
import { AuditEventDocument, type SentDocument } from '../schema/scalars.ts';
import type { RequestContext } from './request-context.ts';

@Resolver()
export class IngestResolver {
  @Authorized()
  @Mutation(() => IngestPayload, {
    nullable: true,
    description: 'One event, typed: the form that explains the others. Answers when it is durable.',
  })
  ingestEvent(
    @Arg('event', () => AuditEventInput, { description: 'The event.' }) event: AuditEventInput,
    @Ctx() { caller, features, trace, sentEvents }: RequestContext,
  ) {
    sentEvents.take(1);
    return features.accept(caller, [{ ...event }], trace);
  }

  @Authorized()
  @Mutation(() => IngestPayload, {
    nullable: true,
    description:
      'Up to settings.maxEventsPerRequest events, each checked by itself: a bad one is refused and kept, the others are taken. Answers when all are durable.',
  })
  ingestEvents(
    @Arg('events', () => [AuditEventDocument], {
      nullable: 'items',
      description: 'The events; a null is refused by itself.',
    })
    events: (SentDocument | null)[],
    @Ctx() { caller, features, trace, sentEvents }: RequestContext,
  ) {
    sentEvents.take(events.length);
    const documents = events.map((sent) => (sent === null ? null : sent.document));
    return features.accept(caller, documents, trace);
  }
}
