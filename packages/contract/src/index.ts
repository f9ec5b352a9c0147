export {
  type Access,
  access,
  isRoleAtLeast,
  type Role,
  roles,
  type Scope,
  scopeRoles,
  uploadAccess,
} from './access.ts';
export type {
  CallOptions,
  Client,
  ClientIteration,
  ClientMethod,
  InputOf,
  ItemOf,
  OutputOf,
  PagedOperationId,
} from './client/client-types.ts';
export { type ClientOptions, createClient } from './client/create-client.ts';
export {
  GreenroomError,
  type GreenroomErrorCode,
  type GreenroomErrorOptions,
  type MetProblem,
  MetProblemSchema,
} from './client/greenroom-error.ts';
export { type LiveEventsOptions, type LiveMessage, liveEvents } from './client/live-events.ts';
export { type EventKind, type EventType, eventTypes } from './event-types.ts';
export type {
  AnswerOf,
  Answers,
  BodyOf,
  Operation,
  ParamsOf,
  QueryOf,
} from './operation.ts';
export { problemsOf } from './operation-problems.ts';
export { API_BASE_PATH, type OperationId, type Operations, operations } from './operations.ts';
export {
  PROBLEM_BASE_PATH,
  PROBLEM_CONTENT_TYPE,
  type ProblemDocument,
  type ProblemField,
  ProblemFieldSchema,
  ProblemSchema,
} from './problem-document.ts';
export { type ProblemCode, type ProblemKind, problemKinds } from './problems.ts';
export { EventSchema, type GreenroomEvent } from './schemas/event.ts';
export { type ImportRow, ImportRowSchema, MOST_IMPORT_ROWS } from './schemas/import.ts';
export type { MediaType, PostMode, PostState } from './schemas/post.ts';
