/** What goes wrong with a request, instead of what should happen. */
export type Fault =
  /** An HTTP status; the request is not looked at. */
  | { readonly kind: 'status'; readonly status: number }
  /** The connection is cut before the request is looked at. */
  | { readonly kind: 'reset' }
  /** The request is carried out and its answer never arrives. */
  | { readonly kind: 'lost answer' }
  /** The request is carried out, and is answered only when the rig is closed. */
  | { readonly kind: 'silence' }
  /** Snowflake's own refusal, for example 390112 for a session token that has expired. */
  | { readonly kind: 'code'; readonly code: string; readonly message: string };

export interface FaultPlan {
  readonly fault: Fault;
  /** Requests it befalls: their path, or the text of the statement. */
  readonly on: RegExp;
  readonly times: number;
}

export interface Faults {
  plan(plan: FaultPlan): void;
  /** The fault that befalls this request, used up by it; null when all goes well. */
  take(subject: string): Fault | null;
  clear(): void;
}

export function createFaults(): Faults {
  let plans: { readonly plan: FaultPlan; left: number }[] = [];
  return {
    plan: (plan) => {
      plans.push({ plan, left: plan.times });
    },
    take: (subject) => {
      const found = plans.find(({ plan, left }) => left > 0 && plan.on.test(subject));
      if (!found) return null;
      found.left -= 1;
      return found.plan.fault;
    },
    clear: () => {
      plans = [];
    },
  };
}
