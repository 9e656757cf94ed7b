import type { ExecutionResult } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { type ExecutionPlan, type PlanInput, planOperation } from './execution-plan.ts';
import { causesOfNulls, type JitError, rebuildError } from './field-errors.ts';
import type { Run } from './field-resolver.ts';
import { createMirror } from './mirror.ts';
import { isPromise } from './normal-form.ts';

/** Executes one variant of one operation. The variables are those that graphql-js coerced. */
export type CompiledOperation = (run: Omit<Run, 'settled'>) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Compiles an operation with graphql-jit. Throws what graphql-jit reports when it cannot.
 *
 * graphql-jit gets neither our schema nor the client's document but a pair made from the plan, in which every selection
 * has a type of its own: no variables, no arguments, no fragments but one for each possible type, no directives. What
 * graphql-jit does otherwise than graphql-js with these (variables coerced its own way or for ever, `@skip` inside
 * fragments, merged fields, resolvers and `info` mixed up by name) cannot happen then.
 */
export function compileOperation(input: PlanInput): CompiledOperation {
  const plan = planOperation(input);
  const { schema, document, serializers } = createMirror(plan, input);
  const compiled = compileQuery(schema, document, undefined, {
    // Only what `createMirror` declares as String is left as it is: values that were tested or serialised before.
    disableLeafSerialization: true,
    customSerializers: serializers,
    // The stack of graphql-jit's own error says nothing: errors are rebuilt with the stack of their cause.
    disablingCapturingStackErrors: true,
  });
  if (!isCompiledQuery(compiled)) throw compiled.errors?.[0] ?? new Error('graphql-jit compiled nothing.');
  const { query } = compiled;
  return ({ rootValue, contextValue, variableValues }) => {
    const run: Run = { rootValue, contextValue, variableValues, settled: [] };
    const result = query(rootValue, run, undefined);
    return isPromise(result) ? result.then((answer) => answerOf(answer, plan, run)) : answerOf(result, plan, run);
  };
}

function answerOf({ data, errors }: ExecutionResult, { fields }: ExecutionPlan, { settled }: Run): ExecutionResult {
  if (!errors) return { data: data ?? null };
  const causes = causesOfNulls(errors as unknown as readonly JitError[], fields, settled);
  const isAllNull = causes.some(({ nulled }) => nulled.length === 0);
  return { errors: causes.map(({ error }) => rebuildError(error, fields)), data: isAllNull || !data ? null : data };
}
