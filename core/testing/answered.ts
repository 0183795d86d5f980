import { Refusal } from '../basics/errors.ts';
import { type AnyDecider, type CommandOf, decide, type EventOf, fold } from '../write/decider.ts';

/**
 * What an aggregate with this history records when it is sent a command: its events, or none where it refuses.
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
