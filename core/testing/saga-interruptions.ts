import type { Recorded } from '../basics/messages.ts';
import { parseToken, streamName } from '../basics/stream.ts';
import { interruptingStreams, isInterruptible, reasonIn } from '../sagas/interruption.ts';
import { isPointOfNoReturn } from '../sagas/order.ts';
import { stepNamed } from '../sagas/running/definition.ts';
import type { Task } from './saga-flow.ts';
import { inputOf, type Telling } from './saga-tries.ts';
import { eventsSince, type World } from './saga-world.ts';

// What a walk knows of the events that interrupt a saga.

/** The number of events that each stream had when the saga began. A walk has no times, so these stand for the time of the first event. */
export type Lengths = Readonly<Record<string, number>>;

export const lengthsOf = (world: World): Lengths =>
  Object.fromEntries(Object.entries(world).map(([name, { events }]) => [name, events.length]));

interface Watching extends Pick<Telling, 'saga' | 'input'> {
  readonly began: Lengths;
}

/** Whether the saga looks for an interruption before this task. */
export const looks = ({ saga }: Pick<Telling, 'saga'>, { does }: Task): boolean =>
  isInterruptible(saga) && (does === 'send' || does === 'close');

/** Whether the look before this task decides that the saga passes its point of no return. */
export const passesWith = ({ saga }: Pick<Telling, 'saga'>, { does, step }: Task): boolean =>
  does === 'close' || (does === 'send' && isPointOfNoReturn(stepNamed(saga, step)));

/** Whether an event in the world interrupts the saga. */
export const isInterrupted = ({ saga, input, began }: Watching, world: World, task: Task): boolean =>
  interruptingStreams(saga, input.event, inputOf(input, task).context).some(({ stream }) => {
    const start = parseToken(input.event);
    const isOwn = streamName(start.stream) === streamName(stream);
    const since = 1 + (isOwn ? start.version : (began[streamName(stream)] ?? 0));
    return eventsSince(world, stream, since).some((event: Recorded) => reasonIn(saga, event) !== undefined);
  });
