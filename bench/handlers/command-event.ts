import type { Entry } from '../account.ts';

/** What a minimal handler is given: no HTTP, no parsing, no error documents. */
export interface CommandEvent {
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly commandId: string;
}
