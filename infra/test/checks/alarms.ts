import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { resourcesOf, type Template } from './template.ts';

/** Namespace, name and dimensions of every metric that the vendor's own lists know (files of the library). */
export function knownMetrics(): ReadonlySet<string> {
  const library = join(createRequire(import.meta.url).resolve('aws-cdk-lib/package.json'), '..');
  const lists = ['dynamodb', 'kinesis', 'kinesisfirehose', 'lambda', 'sqs'].map((service) =>
    join(library, `aws-${service}`, 'lib', `${service}-canned-metrics.generated`),
  );
  return new Set(lists.flatMap(metricsOf));
}

/** The figures that the function behind the table's stream writes into its log, as its source says. */
export function ownMetrics(source: string): ReadonlySet<string> {
  const [, namespace] = /Namespace: '([^']+)'/.exec(source) ?? [];
  const [, dimensions = ''] = /Dimensions: \[\[([^\]]+)\]\]/.exec(source) ?? [];
  const [, counts = ''] = /COUNTS = \[([^\]]+)\]/.exec(source) ?? [];
  const words = (text: string) => [...text.matchAll(/'(\w+)'/g)].map(([, word]) => String(word));
  return new Set(words(counts).map((name) => `${namespace} ${name} ${words(dimensions).sort().join(',')}`));
}

/** The names stand in the code, the dimensions in the types: both tell of the same functions. */
function metricsOf(path: string): string[] {
  const nameOf = new Map<string, string>();
  for (const [, method, namespace, name] of readFileSync(`${path}.js`, 'utf8').matchAll(
    /static (\w+)\(dimensions\)\{return\{namespace:"([^"]+)",metricName:"([^"]+)"/g,
  )) {
    nameOf.set(String(method), `${namespace} ${name}`);
  }
  return [...readFileSync(`${path}.d.ts`, 'utf8').matchAll(/static (\w+)\(this: void, dimensions: \{([^}]*)\}/g)].map(
    ([, method, fields]) => {
      const dimensions = [...String(fields).matchAll(/(\w+): string/g)].map(([, name]) => name);
      return `${nameOf.get(String(method))} ${dimensions.sort().join(',')}`;
    },
  );
}

/** Alarms on metrics that nobody sends: they would never go off. */
export const deafAlarms = (template: Template, known: ReadonlySet<string>): readonly string[] =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .filter(([, { Properties }]) => {
      const dimensions = (Properties.Dimensions ?? []).map(({ Name }: { Name: string }) => Name).sort();
      return !known.has(`${Properties.Namespace} ${Properties.MetricName} ${dimensions.join(',')}`);
    })
    .map(([id]) => id);

/** Alarms that tell nobody, or never say that it is over. */
export const muteAlarms = (template: Template): readonly string[] =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .filter(([, { Properties }]) => !Properties.AlarmActions?.length || !Properties.OKActions?.length)
    .map(([id]) => id);
