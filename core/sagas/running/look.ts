import type { EventStore } from '../../log/event-store.ts';
import type { SagaTaskRequest, SagaTokens, TaskAnswer } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { awaitedSince } from './awaited.ts';
import { runningSaga, stepNamed } from './definition.ts';
import { inputFor } from './input.ts';
import { answerOf, lateAnswer } from './learning.ts';
import { carriedOut } from './retry.ts';
import { commandOf, type SagaCommand, streamToWatch } from './run.ts';

export interface LookPorts {
  readonly sagas: readonly AnySaga[];
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly tokens: Pick<SagaTokens, 'waitingOn'>;
}

/**
 * The answer of a step whose time is up. The awaited event may be in the log, although no notice of it reached the step: a release that no
 * saga of which awaits the event sends none. So the saga looks before it goes back.
 * @throws UnknownDefinition; NewerRelease.
 */
export const look = async ({ sagas, eventStore, tokens }: LookPorts, call: SagaTaskRequest): Promise<TaskAnswer> => {
  const { execution, input, step: name = '', index = 0 } = call;
  const saga = runningSaga(sagas, call);
  const step = stepNamed(saga, name);
  const learning = { saga, step: name, input: await inputFor(eventStore, saga, input) };
  const watched = streamToWatch(saga, learning.input, name);
  const command = watched === undefined ? commandOf(saga, execution, learning.input, { does: 'send', step: name, index }) : undefined;
  const stream = watched ?? (command as SagaCommand).stream;
  const tries = (await tokens.waitingOn(stream)).filter((one) => one.execution === execution && one.step === name && one.index === index);
  const begun = async () => (command === undefined ? 1 : begunBy(eventStore, command));
  const since = tries.length > 0 ? Math.min(...tries.map((one) => one.since)) : await begun();
  const event = since === undefined ? undefined : await awaitedSince(eventStore, step, stream, since);
  const said = event && answerOf(learning, event);
  return said ?? lateAnswer(learning) ?? { late: `${name} was not answered in time` };
};

/** The version at which the step's command was carried out, if it recorded events. */
const begunBy = async (eventStore: LookPorts['eventStore'], command: SagaCommand): Promise<number | undefined> =>
  (await carriedOut(eventStore, command))?.events[0]?.version;
