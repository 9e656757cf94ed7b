import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import type { FastifyInstance } from 'fastify';
import createApp from 'fastify';
import { buildSchema, parse, validate } from 'graphql';
import { EXAMPLES } from '../../src/server/graphql-page/examples.ts';
import { prefersHtml } from '../../src/server/graphql-page/preference.ts';
import { registerGraphqlPage } from '../../src/server/graphql-page.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const SCHEMA = join(__dirname, '../../schema.graphql');

const apps: FastifyInstance[] = [];
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
});

/** The address of a server whose API answers with what it was asked. */
async function serve({ enabled = true, pageFirst = true } = {}): Promise<string> {
  const app = createApp();
  apps.push(app);
  if (pageFirst) await registerGraphqlPage(app, { path: '/graphql', enabled });
  await app.register(async (api) => {
    api.route({ method: ['GET', 'POST'], url: '/graphql', handler: ({ method }) => ({ api: method }) });
  });
  if (!pageFirst) await registerGraphqlPage(app, { path: '/graphql', enabled });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function read(url: string, accept = '*/*'): Promise<{ status: number; headers: Headers; body: string }> {
  const response = await fetch(url, { headers: { accept } });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** What the page loads, as addresses on the server. */
function loadedBy(page: string): string[] {
  return [...page.matchAll(/(?:src|rel="stylesheet" href)="([^"]+)"/g)].map(([, url]) => `/${url}`);
}

describe.each([
  ['before', true],
  ['after', false],
])('a page that is registered %s the API', (_, pageFirst) => {
  test('answers a browser', async () => {
    const { status, headers, body } = await read(`${await serve({ pageFirst })}/graphql`, BROWSER);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(body).toContain('<title>Trailgate GraphQL</title>');
  });

  test.each([
    ['any client', '/graphql', '*/*'],
    ['a GraphQL client', '/graphql', 'application/graphql-response+json, application/json;q=0.9'],
    ['a client that takes HTML as a last resort', '/graphql', 'application/json, text/html;q=0.5'],
    ['a browser with a query', '/graphql?query=%7Bviewer%7Bsubject%7D%7D', BROWSER],
  ])('leaves %s to the API', async (_name, url, accept) => {
    const { body } = await read(`${await serve({ pageFirst })}${url}`, accept);
    expect(JSON.parse(body)).toEqual({ api: 'GET' });
  });

  test('leaves every POST to the API', async () => {
    const url = `${await serve({ pageFirst })}/graphql`;
    const response = await fetch(url, { method: 'POST', headers: { accept: BROWSER } });
    expect(await response.json()).toEqual({ api: 'POST' });
  });
});

describe('the page', () => {
  test('loads only files that the server has, all as scripts or styles that may be kept for ever', async () => {
    const server = await serve();
    const files = loadedBy((await read(`${server}/graphql`, BROWSER)).body);
    expect(files.map((file) => file.replace(/\.[0-9a-f]{12}\./, '.'))).toEqual([
      '/graphql/static/graphiql.css',
      '/graphql/static/page.css',
      '/graphql/static/react.js',
      '/graphql/static/react-dom.js',
      '/graphql/static/graphiql.js',
      '/graphql/static/boot.js',
    ]);
    for (const file of files) {
      const { status, headers, ...response } = await read(`${server}${file}`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(file.endsWith('.js') ? /^text\/javascript/ : /^text\/css/);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      if (file.endsWith('.js')) expect(() => new Script(response.body)).not.toThrow();
    }
  });

  test('allows nothing from elsewhere, no inline script or style, and no frame around it', async () => {
    const { headers, body } = await read(`${await serve()}/graphql`, BROWSER);
    const policy = headers.get('content-security-policy');
    const nonce = /<script defer nonce="([\w-]{22})"/.exec(body)?.[1];
    expect(policy).toContain(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; connect-src 'self';`,
    );
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(body).not.toMatch(/https?:\/\/|<style| style=| on[a-z]+=|<script(?! defer nonce="[^"]+" src=)/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')).toBe('accept');
  });

  test('has another nonce in each answer', async () => {
    const server = await serve();
    const policies = await Promise.all([1, 2].map(() => read(`${server}/graphql`, BROWSER)));
    expect(new Set(policies.map(({ headers }) => headers.get('content-security-policy'))).size).toBe(2);
  });

  test('is at the path that it is given', async () => {
    const app = createApp();
    apps.push(app);
    await registerGraphqlPage(app, { path: '/audit/query', enabled: true });
    const server = await app.listen({ host: '127.0.0.1', port: 0 });
    const [file = ''] = loadedBy((await read(`${server}/audit/query`, BROWSER)).body);
    expect(file).toMatch(/^\/query\/static\//);
    expect((await read(`${server}/audit${file}`)).status).toBe(200);
    expect((await read(`${server}/graphql`, BROWSER)).status).toBe(404);
  });

  test('is not served where it is off', async () => {
    const [file = ''] = loadedBy((await read(`${await serve()}/graphql`, BROWSER)).body);
    const server = await serve({ enabled: false });
    expect(JSON.parse((await read(`${server}/graphql`, BROWSER)).body)).toEqual({ api: 'GET' });
    expect((await read(`${server}${file}`)).status).toBe(404);
  });
});

describe('the preference for HTML', () => {
  test.each([
    [BROWSER, true],
    ['TEXT/HTML', true],
    ['text/html;q=0.8, application/json;q=0.7', true],
    ['text/html;q=0', false],
    ['text/html;q=none', false],
    ['text/html, application/json', false],
    ['text/*', false],
    ['', false],
  ])('of "%s" is %s', (accept, prefers) => {
    expect(prefersHtml(accept)).toBe(prefers);
  });
});

describe('the examples', () => {
  test('are one named operation each, so that every tab has a title', () => {
    const names = EXAMPLES.map(({ query }) => {
      const [definition, ...others] = parse(query).definitions;
      expect(others).toEqual([]);
      return definition?.kind === 'OperationDefinition' ? definition.name?.value : undefined;
    });
    expect(names).toEqual([
      'NewestEvents',
      'FailuresByUser',
      'HourlyCounts',
      'UserActivity',
      'IngestEvent',
      'IngestErrors',
    ]);
  });

  const emitted = existsSync(SCHEMA);
  if (!emitted) console.warn('the examples are not checked against the schema: schema.graphql is missing');
  (emitted ? test : test.skip)('are valid in the emitted schema', () => {
    const schema = buildSchema(readFileSync(SCHEMA, 'utf8'));
    expect(EXAMPLES.flatMap(({ query }) => validate(schema, parse(query)))).toEqual([]);
  });
});
