import type { Sent } from '../sagas/saga.ts';
import type { AnyDecider } from '../write/decider.ts';

/** A command and its recipient, as `commandTo` makes it. */
export interface CommandTo<D extends AnyDecider = AnyDecider> {
  readonly to: D;
  readonly sends: Sent<AnyDecider>;
}

/** What a row of a process answers: one command, a list of them, or `null` for none. */
export type Commands<D extends AnyDecider> = CommandTo<D> | readonly CommandTo<D>[] | null;

/**
 * A command to one aggregate, for a row of a process. It goes to the tenant of what caused it.
 *
 * @example
 * const welcome = ({ guestId }: { guestId: string }) => commandTo(guest, { id: guestId, type: 'AwardPoints', data: { points: 100 } });
 */
export const commandTo = <const D extends AnyDecider>(to: D, command: Sent<D>): CommandTo<D> => ({ to, sends: command });

/** The commands in the answer of a row, each to an aggregate that the process names. @throws Error, if it names another. */
export const commandsFrom = (
  { name, to }: { readonly name: string; readonly to: readonly AnyDecider[] },
  answer: Commands<AnyDecider>,
): readonly CommandTo[] => {
  const commands = listOf(answer);
  const stranger = commands.find((one) => !to.includes(one.to));
  if (stranger !== undefined) throw new Error(`'${name}' sends a command to '${stranger.to.name}', which its 'to' does not name`);
  return commands;
};

const listOf = (answer: Commands<AnyDecider>): readonly CommandTo[] => {
  if (answer === null) return [];
  return 'to' in answer ? [answer] : answer;
};
