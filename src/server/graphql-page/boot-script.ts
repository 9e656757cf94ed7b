import { EXAMPLES } from './examples.ts';

/** What runs in the browser. Text, because nothing but TypeScript is compiled into the package. */
export const bootScript = (): string => `'use strict';
(() => {
  globalThis.__webpack_nonce__ = document.currentScript.nonce; // read by the library that locks scrolling under dialogs
  const STORED = 'trailgate.key';
  const examples = ${JSON.stringify(EXAMPLES)};
  const form = document.getElementById('key-form');
  const field = document.getElementById('key');
  const state = document.getElementById('key-state');
  const root = ReactDOM.createRoot(document.getElementById('graphiql'));

  const ago = (hours) => new Date(Date.now() - hours * 3600000).toISOString();
  const timed = (text) => text.replace(/\\{now(?:-(\\d+)h)?\\}/g, (_, hours) => ago(Number(hours ?? 0)));
  const tabs = examples.map(({ query, variables }) => ({
    query,
    variables: variables && timed(JSON.stringify(variables, null, 2)),
  }));

  const isAuthorised = (headers) => Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
  const fetcherFor = (key) => {
    const send = GraphiQL.createFetcher({
      url: location.pathname,
      headers: key ? { authorization: 'Bearer ' + key } : {},
      enableIncrementalDelivery: false,
    });
    return (request, options) =>
      key || isAuthorised(options?.headers)
        ? send(request, options)
        : { errors: [{ message: 'Enter an API key above: the server printed one when it first started.' }] };
  };

  const tell = (text, kind) => {
    state.textContent = text;
    state.dataset.state = kind;
  };
  const introduce = async (key) => {
    if (!key) return tell('No key yet: every request needs one.', 'none');
    tell('Asking the server about this key', 'none');
    try {
      const response = await fetch(location.pathname, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', authorization: 'Bearer ' + key },
        body: JSON.stringify({ query: '{ viewer { subject roles } }' }),
      });
      const { data, errors } = await response.json();
      if (sessionStorage.getItem(STORED) !== key) return;
      if (!data?.viewer) return tell(errors?.[0]?.message ?? 'The server refused this key.', 'refused');
      tell(data.viewer.subject + ': ' + data.viewer.roles.join(', '), 'accepted');
    } catch {
      tell('The server did not answer.', 'refused');
    }
  };
  let uses = 0;
  const use = (key) => {
    const logo = React.createElement(GraphiQL.Logo, null, React.createElement(React.Fragment));
    root.render(
      React.createElement(
        GraphiQL,
        {
          key: ++uses, // another key starts afresh: what the last one was shown must not stay
          fetcher: fetcherFor(key),
          defaultTabs: tabs,
          defaultEditorToolsVisibility: 'variables',
          showPersistHeadersSettings: false,
          shouldPersistHeaders: false,
        },
        logo,
      ),
    );
    void introduce(key);
  };

  // The key lives as long as the tab, and never reaches the storage that GraphiQL keeps its tabs in.
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (key) sessionStorage.setItem(STORED, key);
    else sessionStorage.removeItem(STORED);
    use(key);
  });
  field.value = sessionStorage.getItem(STORED) ?? '';
  use(field.value);
})();
`;
