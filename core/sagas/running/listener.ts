import type { Recorded } from '../../basics/messages.ts';
import { address } from '../../basics/stream.ts';
import type { SagaTaskAnswers, SagaTokens } from '../ports.ts';
import type { AnySaga, AnyStep } from '../saga.ts';
import { sagaNamed } from '../saga.ts';
import { answerIn, stepNamed } from './run.ts';

export interface SagaListenerPorts {
  readonly sagas: readonly AnySaga[];
  readonly tokens: SagaTokens;
  readonly executions: SagaTaskAnswers;
}

/** Answers every saga step that waits for this event. Events may arrive repeatedly and in any order. */
export const sagaListener = ({ sagas, tokens, executions }: SagaListenerPorts) => {
  const awaited = new Set(sagas.flatMap(({ steps }) => Object.values(steps).flatMap(awaitedBy)));
  return async (event: Recorded): Promise<void> => {
    const { aggregate, id, tenant, version } = event.metadata;
    if (!awaited.has(`${aggregate}.${event.type}`)) return;
    for (const waiting of await tokens.waitingOn(address(aggregate, id, tenant))) {
      const said = answerIn(stepNamed(sagaNamed(sagas, waiting.saga), waiting.step), event);
      if (said === undefined || version < waiting.since) continue;
      await executions.answer(waiting.token, said);
      await tokens.delete(waiting);
    }
  };
};

const awaitedBy = ({ to, awaits = {} }: AnyStep): string[] => Object.keys(awaits).map((type) => `${to.name}.${type}`);
