// Events for benches: about 700 bytes of JSON each, the shape of a lean CloudTrail event.

/** xorshift32: seeded, so that two runs send the same. Numbers in [0, 1). */
export function createRandom(seed) {
  let state = seed * 2_654_435_761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

export const TYPES = [
  ['DATA_ACCESS', 'READ'],
  ['DATA_ACCESS', 'READ'],
  ['DATA_ACCESS', 'EXPORT'],
  ['DATA_CHANGE', 'UPDATE'],
  ['DATA_CHANGE', 'CREATE'],
  ['LOGIN', 'LOGIN'],
  ['CONFIG_CHANGE', 'UPDATE'],
  ['PERMISSION_CHANGE', 'UPDATE'],
];
export const DEPARTMENTS = ['FINANCE', 'SALES', 'ENGINEERING', 'SUPPORT', 'LEGAL'];
export const REGIONS = ['eu-central-1', 'us-east-1', 'ap-south-1'];
const HEX = '0123456789abcdef';

/** Answers a function from a time (milliseconds) to one event as JSON text. */
export function createEventText(random, { users = 50_000, hotShare = 0.8, source = 'bench' } = {}) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const hex = (length) => {
    let text = '';
    for (let n = 0; n < length; n += 1) text += HEX[Math.floor(random() * 16)];
    return text;
  };
  return (at) => {
    const user = random() < hotShare ? 0 : 1 + Math.floor(random() * users);
    const [eventType, action] = pick(TYPES);
    const outcome = random() < 0.04 ? (random() < 0.5 ? 'FAILURE' : 'DENIED') : 'SUCCESS';
    return (
      `{"eventId":"${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}","timestamp":"${new Date(at).toISOString()}",` +
      `"eventType":"${eventType}","action":"${action}","userId":"usr-${user}","userRole":"ANALYST",` +
      `"userDepartment":"${DEPARTMENTS[user % 5]}","actorKind":"${user % 7 === 3 ? 'SERVICE' : 'HUMAN'}",` +
      `"resourceId":"doc-${Math.floor(random() * 2_000)}","resourceType":"DOCUMENT","outcome":"${outcome}","sensitivity":"MEDIUM",` +
      `"environment":"PROD","region":"${REGIONS[user % 3]}","source":"${source}","sourceIp":"10.${user % 250}.0.1",` +
      `"sessionId":"s-${user}","metadata":{"user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",` +
      `"request_id":"${hex(16)}","access_method":"API","rows":${Math.floor(random() * 1_000)},"status":200}}`
    );
  };
}
