import http from 'node:http';

/** One keep-alive connection for each request in flight. */
export function createClient({ url, key, timeoutMs = 60_000 }) {
  const agent = new http.Agent({ keepAlive: true });
  const target = new URL('/graphql', url);

  /** @throws Error where the answer holds errors. `ms` is until the last byte, before it is parsed. */
  const query = async (text, variables = {}) => {
    const startedAt = performance.now();
    const answer = await post(JSON.stringify({ query: text, variables }));
    const ms = performance.now() - startedAt;
    const { data, errors } = JSON.parse(answer);
    if (errors) throw new Error(JSON.stringify(errors));
    return { data, ms, bytes: answer.length };
  };

  const post = (body) =>
    new Promise((resolve, reject) => {
      const request = http.request(
        target,
        {
          agent,
          method: 'POST',
          timeout: timeoutMs,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            authorization: `Bearer ${key}`,
          },
        },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => resolve(Buffer.concat(chunks).toString()));
          response.on('error', reject);
        },
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      request.on('error', reject);
      request.end(body);
    });

  return { query, close: () => agent.destroy() };
}
