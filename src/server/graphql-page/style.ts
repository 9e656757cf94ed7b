/** Of the bar with the key; it follows the theme that is chosen in GraphiQL's settings. */
export const PAGE_STYLE = `html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; font: 15px/1.4 system-ui, sans-serif; background: #fff; color: #1d2433; }
#key-form { display: flex; flex-wrap: wrap; align-items: center; gap: 10px; padding: 8px 16px; border-bottom: 1px solid #d5dae3; }
#key-form strong { margin-right: 12px; letter-spacing: 0.02em; }
#key-form input { flex: 0 1 24em; min-width: 8em; }
#key-form input, #key-form button { font: inherit; padding: 4px 10px; border: 1px solid #99a3b5; border-radius: 4px; background: inherit; color: inherit; }
#key-form button { cursor: pointer; background: #2456c9; border-color: #2456c9; color: #fff; }
#key-form output { color: #4a5568; }
#key-form output[data-state=accepted] { color: #17693a; }
#key-form output[data-state=refused] { color: #b3261e; }
#graphiql { flex: 1; min-height: 0; }
body.graphiql-dark { background: #212a3b; color: #e5e9f2; }
body.graphiql-dark #key-form { border-color: #3a465e; }
body.graphiql-dark #key-form output { color: #aeb8ca; }
body.graphiql-dark #key-form output[data-state=accepted] { color: #7fd6a0; }
body.graphiql-dark #key-form output[data-state=refused] { color: #ff9c94; }
@media (prefers-color-scheme: dark) {
  body:not(.graphiql-light) { background: #212a3b; color: #e5e9f2; }
  body:not(.graphiql-light) #key-form { border-color: #3a465e; }
  body:not(.graphiql-light) #key-form output { color: #aeb8ca; }
  body:not(.graphiql-light) #key-form output[data-state=accepted] { color: #7fd6a0; }
  body:not(.graphiql-light) #key-form output[data-state=refused] { color: #ff9c94; }
}
`;
