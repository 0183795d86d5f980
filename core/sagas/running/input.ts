import { Invalid } from '../../basics/errors.ts';
import { type FindEventPorts, findEvent } from '../../log/find-event.ts';
import type { SagaInput } from '../ports.ts';
import { type AnySaga, revisionOf } from '../saga.ts';
import { UnknownDefinition } from './definition.ts';
import { startOf } from './run.ts';

/**
 * The input of an execution, with the context of this definition. During a deployment the starter and the state machine are of two
 * revisions for a moment. If the starter made the context of another revision, this makes it again, from the event.
 * @throws UnknownDefinition if this definition does not start on the event.
 */
export const inputFor = async (eventStore: FindEventPorts['eventStore'], saga: AnySaga, input: SagaInput): Promise<SagaInput> => {
  if ((input.revision ?? 1) === revisionOf(saga)) return input;
  const event = await findEvent({ eventStore, eventsOf: () => saga.startsOn.of.events })(input.event);
  const own = startedBy(saga, event);
  if (own === undefined)
    throw new UnknownDefinition(`revision ${revisionOf(saga)} of the saga '${saga.name}' does not start on ${input.event}`);
  return own;
};

const startedBy = (...[saga, event]: Parameters<typeof startOf>): SagaInput | undefined => {
  try {
    return startOf(saga, event);
  } catch (error) {
    if (error instanceof Invalid) return undefined;
    throw error;
  }
};
