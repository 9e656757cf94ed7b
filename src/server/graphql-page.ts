import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { readAssets } from './graphql-page/assets.ts';
import { pageOf } from './graphql-page/document.ts';
import { prefersHtml } from './graphql-page/preference.ts';

export interface GraphqlPageOptions {
  /** Where the API is, and so the page, for example `/graphql`. */
  readonly path: string;
  /** False serves nothing: every request reaches the API. */
  readonly enabled: boolean;
}

/**
 * The GraphQL page for browsers, served from the package: it loads nothing from anywhere else.
 *
 * The page and the API share one path. The page's route carries a constraint, which holds for a GET or HEAD whose Accept
 * prefers text/html and that brings no `query`; the router gives every other request to the route without a constraint,
 * the API's. So neither knows of the other, and it does not matter which is registered first. The page needs no key, as
 * it shows nothing; what it asks for does.
 */
export async function registerGraphqlPage(app: FastifyInstance, { path, enabled }: GraphqlPageOptions): Promise<void> {
  if (!enabled) return;
  const assets = await readAssets();
  const folder = `${path.slice(path.lastIndexOf('/') + 1)}/static`;

  app.addConstraintStrategy({
    name: CONSTRAINT,
    storage: () => {
      const handlers = new Map<unknown, never>();
      return {
        get: (value: unknown) => handlers.get(value) ?? null,
        set: (value: unknown, handler: never) => void handlers.set(value, handler),
      };
    },
    deriveConstraint: ({ url = '', headers }: IncomingMessage) =>
      asksForPage(url, path) && prefersHtml(headers.accept) ? 'page' : undefined,
  });

  app.get(path, { constraints: { [CONSTRAINT]: 'page' } }, (_request, reply) => {
    const nonce = randomBytes(16).toString('base64url');
    return reply
      .headers({ ...GUARDS, 'content-security-policy': policy(nonce), 'cache-control': 'no-store', vary: 'accept' })
      .type('text/html; charset=utf-8')
      .send(pageOf({ folder, assets, nonce }));
  });
  for (const asset of assets) {
    app.get(`${path}/static/${asset.name}`, (_request, reply) =>
      reply
        .headers({ ...GUARDS, 'cache-control': 'public, max-age=31536000, immutable' })
        .type(asset.type)
        .send(asset.content),
    );
  }
}

const CONSTRAINT = 'graphqlPage';

/** Fonts and a few pictures are data URLs inside the style sheet. GraphiQL's dialogs add one style of their own: the nonce is for it. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const GUARDS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

function asksForPage(url: string, path: string): boolean {
  const [pathname, search] = url.split('?', 2);
  return pathname === path && !new URLSearchParams(search).has('query');
}
