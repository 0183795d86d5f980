import { Refusal } from '../basics/errors.ts';
import { type AnyDecider, type CommandOf, decide, type EventOf, fold } from '../write/decider.ts';

/**
 * The events that an aggregate with this history records for a command. The list is empty if it refuses.
 *
 * @example
 * expect(answered(order, [placed], cancel)).toEqual([cancelled]);
 */
export const answered = <D extends AnyDecider>(decider: D, history: readonly EventOf<D>[], asked: CommandOf<D>): readonly EventOf<D>[] => {
  try {
    return decide(decider, asked, fold(decider, history));
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
};
