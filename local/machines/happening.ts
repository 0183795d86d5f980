export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** An event of the interpreter's. */
export interface Happening {
  readonly type: string;
  readonly timestamp: number;
  readonly input?: Json;
  readonly output?: Json;
  readonly Error?: string;
  readonly Cause?: unknown;
  readonly index?: number;
  readonly state?: { readonly name: string; readonly type: string; readonly input: Json; readonly output?: Json };
  readonly parentState?: { readonly name: string; readonly type: string };
}
