import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getVariableValues,
  print,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { type CompiledOperation, compileOperation } from './compile-operation.ts';
import { MAX_KEPT_TEXT, textLengthOf } from './document-store.ts';
import { settleErrors } from './field-errors.ts';
import { type OperationShape, type SelectedOperation, selectOperation, shapeOf, variantOf } from './operation-shape.ts';

export interface ExecutionRequest {
  /** Parsed and validated. */
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
  readonly contextValue?: unknown;
  readonly rootValue?: unknown;
  /** Equal for equal texts only, such as a SHA-256 of the text. Made from `source` or the document when absent. */
  readonly documentHash?: string | undefined;
  readonly source?: string | undefined;
}

export type CompileEvent =
  | { readonly outcome: 'compiled'; readonly documentHash: string; readonly operationName: string | undefined }
  | {
      readonly outcome: 'failed';
      readonly documentHash: string;
      readonly operationName: string | undefined;
      readonly error: unknown;
    };

export interface ExecutorOptions {
  readonly schema: GraphQLSchema;
  /** Compiled variants kept; each costs about 3 KB for each field that it selects. */
  readonly maxCompiled?: number;
  /** The use of an operation that has it compiled; the uses before it, and it, are interpreted. */
  readonly compileAtUse?: number;
  /** Runs one compilation (up to 30 ms of CPU) outside any request. */
  readonly schedule?: (compile: () => void) => void;
  readonly onCompile?: (event: CompileEvent) => void;
}

export interface ExecutorStats {
  readonly compiledRuns: number;
  readonly interpretedRuns: number;
  readonly compiled: number;
  /** Operations whose uses are counted, and those known as not to be compiled. */
  readonly observed: number;
  readonly waiting: number;
}

export interface Executor {
  /** Never rejects for what a client sent: errors are in the result, as graphql-js words them. */
  execute(request: ExecutionRequest): Promise<ExecutionResult>;
  /** The same answer, without compiled code. */
  interpret(request: ExecutionRequest): Promise<ExecutionResult>;
  stats(): ExecutorStats;
}

interface Observed {
  readonly shape: OperationShape;
  readonly uses: Map<string, number>;
  failed: boolean;
}

const MAX_WAITING = 64;

/**
 * Executes queries compiled from the use after `compileAtUse` on, and everything else with graphql-js. Variables are
 * coerced by graphql-js either way. Memory is bounded: `maxCompiled` compiled variants, four times as many operations
 * observed, and of none a text above MAX_KEPT_TEXT, which its nodes hold on to.
 */
export function createExecutor({
  schema,
  maxCompiled = 500,
  compileAtUse = 3,
  schedule = setImmediate,
  onCompile = () => undefined,
}: ExecutorOptions): Executor {
  const compiled = new LRUCache<string, CompiledOperation>({ max: maxCompiled });
  const observed = new LRUCache<string, Observed>({ max: maxCompiled * 4 });
  const waiting = new Map<string, CompileJob>();
  let compiledRuns = 0;
  let interpretedRuns = 0;

  return {
    async execute(request) {
      const selected = selectOperation(request.document, request.operationName);
      if (!selected || textLengthOf(request.document) > MAX_KEPT_TEXT) return interpret(request);
      const documentHash = request.documentHash ?? hashOf(request);
      const key = `${documentHash} ${request.operationName ?? ''}`;
      const seen = observe(key, selected);
      if (seen.shape.refusal || seen.failed) return interpret(request);
      const { operation } = selected;
      const variables = getVariableValues(schema, operation.variableDefinitions ?? [], request.variableValues ?? {}, {
        maxErrors: 50,
      });
      if (variables.errors) return { errors: variables.errors };
      const variant = variantOf(seen.shape.conditions, variables.coerced);
      if (variant === undefined) return interpret(request);
      const variantKey = `${key} ${variant}`;
      const run = compiled.get(variantKey);
      if (!run) {
        const uses = (seen.uses.get(variant) ?? 0) + 1;
        seen.uses.set(variant, uses);
        if (uses >= compileAtUse)
          compileLater({ variantKey, seen, selected, documentHash, variables: variables.coerced });
        return interpret(request);
      }
      compiledRuns += 1;
      const { rootValue, contextValue } = request;
      return settleErrors(await run({ rootValue, contextValue, variableValues: variables.coerced }));
    },
    interpret,
    stats: () => ({
      compiledRuns,
      interpretedRuns,
      compiled: compiled.size,
      observed: observed.size,
      waiting: waiting.size,
    }),
  };

  async function interpret(request: ExecutionRequest): Promise<ExecutionResult> {
    interpretedRuns += 1;
    const { document, operationName, variableValues, contextValue, rootValue } = request;
    return settleErrors(
      await execute({ schema, document, operationName, variableValues, contextValue, rootValue } as ExecuteArguments),
    );
  }

  function observe(key: string, selected: SelectedOperation): Observed {
    const known = observed.get(key);
    if (known) return known;
    const seen: Observed = { shape: shapeOf(selected), uses: new Map(), failed: false };
    observed.set(key, seen);
    return seen;
  }

  function compileLater(job: CompileJob) {
    if (waiting.has(job.variantKey) || waiting.size >= MAX_WAITING) return;
    waiting.set(job.variantKey, job);
    if (waiting.size === 1) schedule(compileNext);
  }

  /** One at a time, so that requests get their turn between two compilations. */
  function compileNext() {
    const [job] = waiting.values();
    if (!job) return;
    const event = compileJob(job);
    waiting.delete(job.variantKey);
    if (waiting.size > 0) schedule(compileNext);
    onCompile(event);
  }

  function compileJob({ variantKey, seen, selected, documentHash, variables }: CompileJob): CompileEvent {
    const named = { documentHash, operationName: selected.operation.name?.value };
    try {
      compiled.set(variantKey, compileOperation({ schema, ...selected, variables }));
      return { outcome: 'compiled', ...named };
    } catch (error) {
      seen.failed = true;
      return { outcome: 'failed', ...named, error };
    }
  }
}

interface CompileJob {
  readonly variantKey: string;
  readonly seen: Observed;
  readonly selected: SelectedOperation;
  readonly documentHash: string;
  readonly variables: Record<string, unknown>;
}

type ExecuteArguments = Parameters<typeof execute>[0];

function hashOf({ source, document }: ExecutionRequest) {
  return createHash('sha256')
    .update(source ?? document.loc?.source.body ?? print(document))
    .digest('hex');
}
