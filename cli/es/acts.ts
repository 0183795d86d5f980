import { randomUUID } from 'node:crypto';
import type { ParseArgsOptionsConfig } from 'node:util';
import { type ActEnded, longest, monthOf } from '../../core/operate/acts.ts';
import { actRecorder, type RecordAct } from './act-recorder.ts';
import type { Call } from './command.ts';
import type { EventsTable } from './events-table.ts';
import { textOf, UsageError } from './flags.ts';
import { operatorName } from './operator-name.ts';

export const actFlags: ParseArgsOptionsConfig = { why: { type: 'string' }, who: { type: 'string' } };

export const actUsage = `  --why TEXT  why it is done: a ticket, say. With --outputs it is required. The log keeps it for ever: no personal data
  --who NAME  who does it, if not the identity of the credentials`;

/** What an operator is about to do: `redrive`, `order-summary order-42`. */
export interface Act {
  readonly act: string;
  readonly target: string;
}

/** What came of it: the exit code, and a line for the log. */
export type Outcome = Omit<ActEnded, 'id'> & { readonly code: number };

/**
 * Does an act of an operator, and records it in the log: who and why before it begins, and what came of it. If the begin cannot be
 * recorded, nothing is done. If this machine stops in between, the log has an act whose end is not known.
 * @throws UsageError without a reason; Error if the begin cannot be recorded; what `does` throws.
 */
export const recordedAct = async ({ flags }: Call, { place }: EventsTable, act: Act, does: () => Promise<Outcome>): Promise<number> => {
  const isOnAws = textOf(flags, 'outputs') !== undefined;
  const why = whyIn(textOf(flags, 'why'), isOnAws);
  const record = actRecorder(place);
  const who = textOf(flags, 'who') ?? (isOnAws ? await operatorName(place) : 'local');
  const id = randomUUID();
  const month = monthOf(new Date());
  const ids = { month, who, correlationId: id };
  const begun = { id, act: act.act, target: cut(act.target, longest.target), ...(why === undefined ? {} : { why }) };
  const causationId = await record({ ...ids, causationId: id, commandId: id, command: { type: 'BeginAct', data: begun } }).catch(
    nothingDone,
  );
  const end = async ({ outcome, result }: Omit<Outcome, 'code'>): Promise<boolean> => {
    const data = { id, outcome, result: cut(result, longest.result) };
    return isRecorded(record({ ...ids, causationId, commandId: `${id}.end`, command: { type: 'EndAct', data } }), act);
  };
  try {
    const outcome = await does();
    return (await end(outcome)) ? outcome.code : Math.max(outcome.code, 1);
  } catch (error) {
    await end({ outcome: 'failed', result: error instanceof Error ? error.message : String(error) });
    throw error;
  }
};

const nothingDone = (error: Error): never => {
  throw new Error(`The act cannot be recorded, so nothing is done: ${error.message}`, { cause: error });
};

/** The end is not worth an error of its own: what the act has done stands, and its begin is in the log. */
const isRecorded = async (recording: ReturnType<RecordAct>, { act, target }: Act): Promise<boolean> => {
  try {
    await recording;
    return true;
  } catch (error) {
    console.error(`The end of '${act} ${target}' could not be recorded: ${(error as Error).message} npm run es -- log shows it as begun.`);
    return false;
  }
};

/** @throws UsageError. */
const whyIn = (why: string | undefined, isRequired: boolean): string | undefined => {
  if (why === undefined && !isRequired) return undefined;
  if (why === undefined || why.trim() === '') throw new UsageError('say why, for the log of acts: --why TEXT');
  if (why.length > longest.why || !why.isWellFormed()) throw new UsageError(`--why has at most ${longest.why} characters`);
  return why;
};

/** Not empty, and no longer than that. */
const cut = (text: string, most: number): string => {
  const whole = text === '' ? '-' : text.toWellFormed();
  return whole.length <= most ? whole : `${whole.slice(0, most - 1).toWellFormed()}…`;
};
