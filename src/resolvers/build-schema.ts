import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { mayUse } from '../access/operations.ts';
import { AppError } from '../domain/errors.ts';
import { AuditEventGroupResolver } from './audit-event-groups.ts';
import { AuditEventResolver } from './audit-events.ts';
import { IngestResolver } from './ingest.ts';
import { IngestErrorResolver } from './ingest-errors.ts';
import { NodeResolver } from './node.ts';
import type { RequestContext } from './request-context.ts';
import { UserResolver } from './users.ts';
import { ViewerResolver } from './viewer.ts';

/** The one schema; `schema.graphql` is its print. */
export const createSchema = (): GraphQLSchema =>
  buildSchemaSync({
    resolvers: [
      ViewerResolver,
      NodeResolver,
      AuditEventResolver,
      AuditEventGroupResolver,
      UserResolver,
      IngestErrorResolver,
      IngestResolver,
    ],
    validate: false,
    authChecker: ({ context, info }) => {
      const operation = `${info.parentType.name}.${info.fieldName}`;
      if (mayUse((context as RequestContext).caller, operation)) return true;
      throw new AppError('FORBIDDEN', `Your key may not use ${operation}; see viewer.operations.`);
    },
  });
