import type { Asset } from './assets.ts';

interface PageParts {
  /** Relative to the page, so that a proxy may serve both under a prefix of its own. */
  readonly folder: string;
  readonly assets: readonly Asset[];
  /** Allows the styles that scripts add; another one for each answer. */
  readonly nonce: string;
}

export function pageOf({ folder, assets, nonce }: PageParts): string {
  const url = ({ name }: Asset): string => `${folder}/${name}`;
  const styles = assets.filter(({ type }) => type.startsWith('text/css'));
  const scripts = assets.filter(({ type }) => type.startsWith('text/javascript'));
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Trailgate GraphQL</title>
    <link rel="icon" href="data:,">
${styles.map((style) => `    <link rel="stylesheet" href="${url(style)}">`).join('\n')}
  </head>
  <body>
    <form id="key-form">
      <strong>Trailgate</strong>
      <label for="key">API key</label>
      <input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="printed when the server first started">
      <button type="submit">Use</button>
      <output id="key-state" for="key"></output>
    </form>
    <div id="graphiql"><noscript>This page needs JavaScript. The API does not: POST to this address.</noscript></div>
${scripts.map((script) => `    <script defer nonce="${nonce}" src="${url(script)}"></script>`).join('\n')}
  </body>
</html>
`;
}
