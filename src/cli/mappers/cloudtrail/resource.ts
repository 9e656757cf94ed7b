import { type Fields, isObject, objectAt, textAt, valueAt } from '../fields.ts';

/**
 * What was acted on: the ARN of the first resource that the record lists, else what the request names: an S3 bucket
 * and key as their ARN, the first key that ends in Arn, then in Id, then in Name (Identifier counts as Id), then the
 * first item of a list. Undefined for calls without a target, as most lists are.
 */
export function resourceIdOf(record: Fields, service: string): string | undefined {
  const listed = firstResource(record);
  const arn = textAt(listed, 'ARN') ?? textAt(listed, 'ARNPrefix');
  if (arn !== undefined) return arn;
  const request = requestOf(record);
  return (
    (service === 's3' ? s3Arn(request, textAt(record, 'awsRegion')) : undefined) ?? named(request) ?? inList(request)
  );
}

/** In AWS's own words where the record has them, else `service:Noun` of the event's name. */
export function resourceTypeOf(record: Fields, service: string, noun: string): string | undefined {
  const type = textAt(firstResource(record), 'type');
  if (type !== undefined) return type;
  if (service === '') return noun === '' ? undefined : noun;
  return noun === '' ? service : `${service}:${noun}`;
}

function firstResource(record: Fields): Fields {
  const resources = valueAt(record, 'resources');
  const first: unknown = Array.isArray(resources) ? resources[0] : undefined;
  return isObject(first) ? first : {};
}

/** Some EC2 calls wrap their parameters: {"DescribeFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-…"}}}. */
function requestOf(record: Fields): Fields {
  const request = objectAt(record, 'requestParameters');
  const [only, ...others] = Object.keys(request);
  return only?.endsWith('Request') && others.length === 0 ? objectAt(request, only) : request;
}

const contentAt = (fields: Fields, key: string): string | undefined =>
  textAt(fields, key) ?? textAt(objectAt(fields, key), 'content');

function s3Arn(request: Fields, region = ''): string | undefined {
  const bucket = textAt(request, 'bucketName') ?? textAt(request, 'bucket');
  if (bucket === undefined) return undefined;
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const key = textAt(request, 'key');
  return `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
}

const ENDINGS = [/(?:^a|A)(?:rn|RN)$/, /(?:^i|I)d(?:entifier)?$/, /(?:^n|N)ame$/];
/** Ids of the request or of its sender, not of a thing. */
const NO_TARGET = /^(?:client(?:Request)?Id|requestId|ownerId|ownerAccountId|.*[tT]okenId|engineName)$/;

function named(fields: Fields): string | undefined {
  const keys = Object.keys(fields).filter((key) => !NO_TARGET.test(key));
  for (const ending of ENDINGS) {
    const key = keys.find((candidate) => ending.test(candidate) && contentAt(fields, candidate) !== undefined);
    if (key !== undefined) return contentAt(fields, key);
  }
  return undefined;
}

/** EC2 writes {"instancesSet":{"items":[{"instanceId":…}]}}, others {"trailNameList":["…"]}. */
function inList(request: Fields): string | undefined {
  for (const [key, value] of Object.entries(request)) {
    const items = isObject(value) ? valueAt(value, 'items') : value;
    if (!Array.isArray(items) || FILTERS.test(key)) continue;
    const [first] = items as unknown[];
    if (typeof first === 'string' && first !== '') return first;
    const found = isObject(first) ? named(first) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Lists that narrow a search or label a thing name no target. */
const FILTERS = /filter|tag|owner|attribute/i;
