import { Invalid } from '../../basics/errors.ts';
import { parse, type Recorded, rowOf } from '../../basics/messages.ts';
import { type EventStore, recorded } from '../../log/event-store.ts';
import type { Answer } from '../../write/command-handler.ts';
import type { SagaAnswer, SagaInput } from '../ports.ts';
import { type AnySaga, type AnyStep, revisionOf } from '../saga.ts';
import { answerIn, eventsOf, eventsWithRow, newestWithRow } from './awaited.ts';
import { stepNamed, UnknownDefinition } from './definition.ts';
import { contextOf, demandRoom } from './run.ts';

/** A step of an execution whose context is of this definition. */
export interface Learning {
  readonly saga: AnySaga;
  readonly step: string;
  readonly input: SagaInput;
}

/**
 * The answer of an awaited event. If the step learns, it has the context after the step. @throws UnknownDefinition if that context does not
 * fit: an operator waits for other code, because the step is done and what it has told would be lost.
 */
export const answerOf = (learning: Learning, event: Recorded): SagaAnswer | undefined => {
  const step = stepNamed(learning.saga, learning.step);
  const said = answerIn(step, event);
  return said !== undefined && 'proceed' in said && step.learns !== undefined ? done(learning, afterEvent(learning, event)) : said;
};

/** The answer of a step whose event has not come in time, if the saga then goes on. @throws UnknownDefinition, as `answerOf` does. */
export const lateAnswer = (learning: Learning): SagaAnswer | undefined => {
  const { late } = stepNamed(learning.saga, learning.step);
  return late === undefined ? undefined : done(learning, late(contextOf(learning.saga, learning.input)));
};

/** A command that was carried out. */
interface Carried {
  readonly type: string;
  /** What its decision answered, if it has an answer. */
  readonly answer: unknown;
  /** The events that it recorded. */
  readonly events: readonly Recorded[];
}

/** The answer of a step that awaits nothing, after its command. @throws UnknownDefinition, as `answerOf` does. */
export const answerAfter = (learning: Learning, { type, answer, events }: Carried): SagaAnswer => {
  const { saga, input } = learning;
  const { to, learns } = stepNamed(saga, learning.step);
  if (learns === undefined) return { proceed: true };
  const row = to?.answers?.[type] === undefined || answer === undefined ? undefined : rowOf(learns, type);
  const context = contextOf(saga, input);
  const told = row === undefined ? context : row(answer, context, undefined as never);
  return done(
    learning,
    events.reduce((known, event) => afterEvent({ ...learning, input: { ...input, context: known } }, event), told),
  );
};

/** The same, with the events of the log. */
export const answerOfCommand = async (
  log: Pick<EventStore, 'read'>,
  learning: Learning,
  { type, answer }: { readonly type: string; readonly answer: Answer },
): Promise<SagaAnswer> => {
  const events = await eventsToLearn(log, stepNamed(learning.saga, learning.step), answer);
  return answerAfter(learning, { type, answer: answer.answer, events });
};

/** What the command recorded; the newest event that the step learns from, if the command had nothing to do. */
const eventsToLearn = async (log: Pick<EventStore, 'read'>, step: AnyStep, { stream, events, version }: Answer) => {
  const learns = rowsOfEvents(step);
  if (Object.keys(learns).length === 0) return [];
  const [first, last] = [
    events[0]?.version ?? (await newestWithRow(log, { events: eventsOf(step), rows: learns }, stream, version)),
    events.at(-1)?.version,
  ];
  if (first === undefined) return [];
  const { commits } = await log.read(stream, { from: first, limit: 1 });
  return commits.flatMap((commit) =>
    recorded(commit)
      .filter(({ metadata }) => metadata.version >= first && metadata.version <= (last ?? first))
      .flatMap((event) => eventsWithRow(eventsOf(step), learns, event, commit)),
  );
};

const rowsOfEvents = (step: AnyStep): NonNullable<AnyStep['learns']> =>
  Object.fromEntries(Object.entries(step.learns ?? {}).filter(([type]) => Object.hasOwn(eventsOf(step), type)));

const afterEvent = ({ saga, step, input }: Learning, { type, data, metadata }: Recorded): unknown => {
  const context = contextOf(saga, input);
  return rowOf(rowsOfEvents(stepNamed(saga, step)), type)?.(data, context, metadata) ?? context;
};

/** The step is done, and the machine keeps this context. */
const done = ({ saga, step, input }: Learning, context: unknown): SagaAnswer => {
  try {
    const output = parse(saga.context, context, saga.name);
    demandRoom(saga, { ...input, revision: revisionOf(saga), context: output });
    return { proceed: true, output };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw new UnknownDefinition(`this release cannot keep what '${step}' learns: ${error.message}`);
  }
};
