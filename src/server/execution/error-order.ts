import type { PlannedField } from './execution-plan.ts';
import { type NullCause, planIdOf, type ResponsePath } from './field-errors.ts';
import type { JitPath } from './normal-form.ts';

/**
 * Of several errors that make the same field null, graphql-js reports the one that reaches it first, and stops at an error
 * that is thrown rather than promised: what stands behind it in its object or list is not executed. graphql-jit executes
 * and reports everything, so this finds out which error graphql-js would have met.
 */
export function firstToOccur(
  causes: readonly NullCause[],
  fields: readonly PlannedField[],
  settled: readonly JitPath[],
): NullCause {
  const [only] = causes;
  if (only && causes.length === 1) return only;
  const located = causes.map((cause) => locate(cause, fields));
  return meet(located, only?.nulled.length ?? 0, { fields, clock: createClock(settled) }).cause;
}

/** A cause with its path, and for each key of the path the planned field or the index that it is. */
interface Located {
  readonly cause: NullCause;
  readonly path: ResponsePath;
  readonly trail: readonly (PlannedField | number)[];
}

interface Met {
  readonly cause: NullCause;
  /** When the promise that brings the error is rejected; 0 when the error is thrown. */
  readonly moment: number;
}

interface Execution {
  readonly fields: readonly PlannedField[];
  readonly clock: Clock;
}

/** What graphql-js meets first of these errors, all below the place that the first `depth` keys of their paths name. */
function meet(located: readonly Located[], depth: number, execution: Execution): Met {
  const { clock } = execution;
  const [{ cause, path, trail }] = located as readonly [Located];
  const place = path.slice(0, depth);
  const promised = (met: Met): Met => ({ ...met, moment: Math.max(met.moment, clock.at(place)) });
  if (depth === path.length) return promised({ cause, moment: 0 });
  const children = inOrder(located, depth).map((below) => ({ below, met: meet(below, depth + 1, execution) }));
  const thrown = children.findIndex(({ met }) => met.moment === 0);
  if (thrown === -1) {
    return promised(children.map(({ met }) => met).reduce((first, met) => (met.moment < first.moment ? met : first)));
  }
  const { below, met } = children[thrown] as (typeof children)[number];
  if (typeof trail[depth] === 'number') return promised(met);
  const rejections = children.slice(0, thrown).map((child) => child.met.moment);
  return promised({ ...met, moment: releaseOf(place, below[0]?.trail[depth] as PlannedField, rejections, execution) });
}

/**
 * An object in which a field throws first waits for the promises of the fields before it: until one of them is rejected or
 * all have settled. 0 when there are none.
 */
function releaseOf(object: ResponsePath, thrown: PlannedField, rejections: readonly number[], execution: Execution) {
  if (rejections.length > 0) return Math.min(...rejections);
  const { fields, clock } = execution;
  const before = fields.filter(
    ({ parent, parentType, id }) => parent === thrown.parent && parentType === thrown.parentType && id < thrown.id,
  );
  return Math.max(0, ...before.map(({ responseName }) => clock.below([...object, responseName])));
}

function locate(cause: NullCause, fields: readonly PlannedField[]): Located {
  const path = cause.error.path ?? [];
  let field = fields[planIdOf(cause.error)];
  const trail = path.toReversed().map((key) => {
    if (typeof key === 'number' || !field) return Number(key);
    const here = field;
    field = field.parent;
    return here;
  });
  return { cause, path, trail: trail.reverse() };
}

/** Grouped by the key at this depth, in the order in which graphql-js comes to them: planned fields are numbered so. */
function inOrder(located: readonly Located[], depth: number): readonly (readonly Located[])[] {
  const rankOf = ({ trail }: Located) => {
    const step = trail[depth] ?? 0;
    return typeof step === 'number' ? step : step.id;
  };
  const groups = new Map<number, Located[]>();
  for (const one of located) {
    const group = groups.get(rankOf(one));
    if (group) group.push(one);
    else groups.set(rankOf(one), [one]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

type Clock = ReturnType<typeof createClock>;

function createClock(settled: readonly JitPath[]) {
  const at = new Map<string, number>();
  const below = new Map<string, number>();
  settled.forEach((path, index) => {
    const keys = arrayOf(path);
    at.set(JSON.stringify(keys), index + 1);
    keys.forEach((_, length) => {
      below.set(JSON.stringify(keys.slice(0, length + 1)), index + 1);
    });
  });
  return {
    /** When the promise at this path settled; 0 when there was none. */
    at: (path: ResponsePath) => at.get(JSON.stringify(path)) ?? 0,
    /** When the last promise at or below this path settled. */
    below: (path: ResponsePath) => below.get(JSON.stringify(path)) ?? 0,
  };
}

function arrayOf(path: JitPath): ResponsePath {
  const keys: (string | number)[] = [];
  for (let part: JitPath | undefined = path; part; part = part.prev) keys.unshift(part.key);
  return keys;
}
