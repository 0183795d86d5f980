import type { Entry } from '../account.ts';

/** The input of a minimal handler, without HTTP, parsing or error documents. */
export interface CommandEvent {
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly commandId: string;
}
