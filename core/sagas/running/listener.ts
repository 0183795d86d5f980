import type { Recorded } from '../../basics/messages.ts';
import { address } from '../../basics/stream.ts';
import type { SagaInput, SagaStops, SagaTaskAnswers, SagaTokens, TaskAnswer, WaitingStep } from '../ports.ts';
import { type AnySaga, type AnyStep, definitionsOf } from '../saga.ts';
import { answerIn } from './awaited.ts';
import { runningSaga, stepNamed, UnknownDefinition } from './definition.ts';
import { answerOf } from './learning.ts';

export interface SagaListenerPorts {
  readonly sagas: readonly AnySaga[];
  readonly tokens: SagaTokens;
  readonly executions: SagaTaskAnswers & SagaStops;
}

/**
 * Answers every saga step that waits for this event. Events may arrive repeatedly and in any order. A step that this code does not know
 * may wait for the event too: an operator has it tried again after other code is deployed, and it then finds the event in the log.
 */
export const sagaListener = ({ sagas, tokens, executions }: SagaListenerPorts) => {
  const awaited = new Set(sagas.flatMap(definitionsOf).flatMap(({ steps }) => Object.values(steps).flatMap(awaitedBy)));
  return async (event: Recorded): Promise<void> => {
    const { aggregate, id, tenant, version } = event.metadata;
    if (!awaited.has(`${aggregate}.${event.type}`)) return;
    for (const waiting of await tokens.waitingOn(address(aggregate, id, tenant))) {
      if (version < waiting.since) continue;
      const said = answerTo(sagas, waiting, event);
      if (said === undefined) continue;
      if ('unknown' in said && waiting.revision === undefined)
        await executions.stop({ saga: waiting.saga, execution: waiting.execution, why: said.unknown });
      else await executions.answer(waiting.token, said);
      await tokens.delete(waiting);
    }
  };
};

const answerTo = (sagas: readonly AnySaga[], waiting: WaitingStep, event: Recorded): TaskAnswer | undefined => {
  try {
    const saga = runningSaga(sagas, waiting);
    const { step, told } = waiting;
    return told === undefined
      ? answerIn(stepNamed(saga, step), event)
      : answerOf({ saga, step, input: JSON.parse(told) as SagaInput }, event);
  } catch (error) {
    if (error instanceof UnknownDefinition) return { unknown: error.message };
    throw error;
  }
};

const awaitedBy = ({ to, awaits = {} }: AnyStep): string[] => Object.keys(awaits).map((type) => `${to?.name}.${type}`);
