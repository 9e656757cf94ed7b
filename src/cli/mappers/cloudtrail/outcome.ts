import type { Outcome } from '../../../domain/audit-event.ts';
import { type Fields, objectAt, textAt } from '../fields.ts';

/** AccessDenied(Exception), (Client.)UnauthorizedOperation, NotAuthorized, AuthorizationError, AuthFailure, Forbidden. */
const DENIED = /(?:^|\.)(?:AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|AuthFailure|Forbidden)/i;

/** No error is success. Sign-ins report under their own name instead, in responseElements or serviceEventDetails. */
export function outcomeOf(record: Fields, eventName: string): Outcome {
  const code = textAt(record, 'errorCode');
  if (code !== undefined && DENIED.test(code)) return 'DENIED';
  if (code !== undefined && code !== 'Success') return 'FAILURE';
  if (textAt(record, 'errorMessage') !== undefined) return 'FAILURE';
  const said =
    textAt(objectAt(record, 'responseElements'), eventName) ??
    textAt(objectAt(record, 'serviceEventDetails'), eventName);
  return said === 'Failure' ? 'FAILURE' : 'SUCCESS';
}
