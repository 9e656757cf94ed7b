import type { Ministack } from '../../rigs/ministack.ts';

/** Calls of services that the product has no client of. MiniStack reads the service out of the signature, and no more. */
export interface AwsCalls {
  /** JSON under a target, as SSM has it. */
  target(service: string, target: string, body: unknown): Promise<Record<string, unknown>>;
  /** A form that is answered in XML, as CloudFormation has it. */
  form(service: string, fields: Readonly<Record<string, string>>): Promise<string>;
  /** REST in JSON, as Lambda has it. */
  rest(service: string, method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
}

const CALL_MS = 60_000;

export function createAwsCalls({ endpoint, client, log }: Ministack): AwsCalls {
  const call = async (
    service: string,
    { path = '/', ...request }: Omit<RequestInit, 'headers'> & { path?: string; headers?: Record<string, string> },
  ): Promise<string> => {
    const scope = `${client.credentials.accessKeyId}/20260101/${client.region}/${service}/aws4_request`;
    const response = await fetch(`${endpoint}${path}`, {
      ...request,
      headers: { ...request.headers, authorization: `AWS4-HMAC-SHA256 Credential=${scope}` },
      signal: AbortSignal.timeout(CALL_MS),
    });
    const text = await response.text();
    if (response.ok && !response.headers.has('x-amz-function-error')) return text;
    throw new Error(`${service} answers ${response.status} ${text.slice(-2_000)}\n${log()}`);
  };
  const json = { 'content-type': 'application/json' };
  return {
    target: async (service, target, body) =>
      parse(
        await call(service, {
          method: 'POST',
          headers: { ...json, 'x-amz-target': target },
          body: JSON.stringify(body),
        }),
      ),
    form: (service, fields) => call(service, { method: 'POST', body: new URLSearchParams(fields) }),
    rest: async (service, method, path, body) =>
      parse(
        await call(service, { method, path, headers: json, ...(body !== undefined && { body: JSON.stringify(body) }) }),
      ),
  };
}

const parse = (text: string): Record<string, unknown> => (text === '' ? {} : JSON.parse(text));
