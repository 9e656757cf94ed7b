/**
 * True when an Accept header names text/html and gives it more weight than any JSON that it names, as browsers do.
 * A wildcard names nothing: clients of an API that take anything want the API.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const weights = new Map((accept ?? '').split(',').map(weighed));
  const html = weights.get('text/html') ?? 0;
  return html > 0 && JSON_TYPES.every((type) => html > (weights.get(type) ?? 0));
}

const JSON_TYPES = ['application/json', 'application/graphql-response+json', 'application/graphql+json'];

function weighed(range: string): [type: string, weight: number] {
  const [type = '', ...parameters] = range
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [type, weight === undefined ? 1 : Number(weight.slice(2)) || 0];
}
