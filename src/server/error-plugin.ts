import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { RequestContext } from '../resolvers/request-context.ts';

const STATUS: Readonly<Record<string, number>> = {
  RATE_LIMITED: 429,
  STREAM_UNAVAILABLE: 503,
  WAREHOUSE_UNAVAILABLE: 503,
};

/** Gives every error the request's id, and an answer that holds nothing else the HTTP status that proxies and clients act on. */
export const errorPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response, contextValue }: GraphQLRequestContextWillSendResponse<RequestContext>) => {
      if (response.body.kind !== 'single') return;
      const { errors, data } = response.body.singleResult;
      if (!errors) return;
      response.body.singleResult.errors = errors.map((error) => ({
        ...error,
        extensions: { retryable: false, ...error.extensions, requestId: contextValue.requestId },
      }));
      const isEmpty = !data || Object.values(data).every((value) => value === null);
      const [refused] = errors.filter(({ extensions }) => STATUS[String(extensions?.code)] !== undefined);
      if (!isEmpty || !refused) return;
      response.http.status = STATUS[String(refused.extensions?.code)] as number;
      const seconds = Math.ceil(Number(refused.extensions?.retryAfterMs ?? 1_000) / 1_000);
      response.http.headers.set('retry-after', String(seconds));
    },
  }),
};
