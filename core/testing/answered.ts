import { Refusal } from '../basics/errors.ts';
import { type AnyDecider, type CommandOf, decide, type EventOf, fold, isAllowed } from '../write/decider.ts';
import { circumstancesOf, decidedAfter, type Given, type Sender } from './circumstances.ts';
import { type GivenReads, withGivenReads } from './given-reads.ts';

/**
 * The events that an aggregate with this history records for a command. The list is empty if it refuses, or does not
 * allow the client to send the command. `sender` says when and by whom the
 * command is sent, and what it reads, as `at`, `as` and `reads` of a scenario do.
 *
 * @example
 * expect(answered(order, [placed], cancel)).toEqual([cancelled]);
 */
export const answered = <D extends AnyDecider>(
  decider: D,
  history: readonly (EventOf<D> & Given)[],
  asked: CommandOf<D>,
  sender: Sender & { readonly reads?: GivenReads<D> } = {},
): readonly EventOf<D>[] => {
  const before = circumstancesOf(history);
  const recorded = history.map((event, index) => ({ ...event, metadata: before[index] }));
  const [state, circumstances] = [
    fold(decider, recorded as never),
    withGivenReads(decider, { ...sender, when: asked }, decidedAfter(before, sender)),
  ];
  try {
    const isStopped = sender.as !== undefined && !isAllowed(decider, asked, state, circumstances);
    return isStopped ? [] : decide(decider, asked, state, circumstances);
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
};
