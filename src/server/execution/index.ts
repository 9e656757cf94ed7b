export { createDocumentStore } from './document-store.ts';
export {
  type CompileEvent,
  createExecutor,
  type ExecutionRequest,
  type Executor,
  type ExecutorOptions,
  type ExecutorStats,
} from './executor.ts';
export { createGateway, type Gateway } from './gateway.ts';
