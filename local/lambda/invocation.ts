import type { Say } from '../say.ts';

/** One function, as the template describes it. */
export interface FunctionSettings {
  readonly name: string;
  /** What its lines in the output begin with. */
  readonly label: string;
  readonly arn: string;
  readonly codeFolder: string;
  /** `file.export`, the file without its ending. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** How many invocations may run at a time; more of them wait. */
  readonly concurrency: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly say: Say;
}

/** An error as Lambda reports it to the caller of the function. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** How an invocation ended; `payload` is what the handler returned, as JSON would carry it. */
export type Invocation = { readonly requestId: string } & (
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: FunctionError }
);

/** Invokes a function with an event, by an alias if one is given. Never rejects: whatever goes wrong in the function is its answer. */
export type Invoke = (event: unknown, alias?: string) => Promise<Invocation>;
