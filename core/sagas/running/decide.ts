import type { Question, SagaInput, TaskAnswer } from '../ports.ts';
import type { AnySaga, AnyStep } from '../saga.ts';
import { stepNamed, UnknownDefinition } from './definition.ts';
import { contextOf } from './run.ts';

/** What a machine asks of a step. */
export interface Asked {
  readonly step: string;
  readonly asks: Question;
  /** The branches that the machine knows. */
  readonly branches?: readonly string[] | undefined;
  /** The round that was begun last, if one was. */
  readonly round?: number | undefined;
  readonly now: Date;
}

/**
 * The answer of a step's function of the context. The machine keeps it, so the way back is that of the way forth.
 * @throws UnknownDefinition if the answer is none that the machine knows.
 */
export const decided = (saga: AnySaga, input: SagaInput, asked: Asked): TaskAnswer => {
  const context = contextOf(saga, input);
  const step = stepNamed(saga, asked.step);
  const unknown = (what: string) => new UnknownDefinition(`the saga '${saga.name}': ${asked.step} ${what}`);
  if (asked.asks === 'when' && step.when !== undefined) return way(step.when(context) ? 'yes' : 'no');
  if (asked.asks === 'choose' && step.choose !== undefined) {
    const branch = step.choose(context);
    if (!(asked.branches ?? step.branches ?? []).includes(branch)) throw unknown(`chooses '${branch}', which is none of its branches`);
    return way(branch);
  }
  if (asked.asks === 'until' && step.until !== undefined) {
    const time = Date.parse(step.until(context));
    if (Number.isNaN(time)) throw unknown(`waits until '${step.until(context)}', which is no time in ISO 8601`);
    return untilTime(asked, step, time);
  }
  if (asked.asks === 'repeat' && step.repeat !== undefined) return nextRound(asked, step.repeat, context);
  throw new UnknownDefinition(`this release has no ${asked.asks} of '${asked.step}' in the saga '${saga.name}'`);
};

const way = (taken: string): TaskAnswer => ({ proceed: true, output: { way: taken } });

const dayMilliseconds = 24 * 3600_000;

const untilTime = ({ step, now }: Asked, { maxDays = 0 }: AnyStep, time: number): TaskAnswer =>
  time > now.getTime() + maxDays * dayMilliseconds
    ? { refused: `${step} would wait for more than ${maxDays} days` }
    : { proceed: true, output: { at: new Date(time).toISOString() } };

/** `round` is the round to begin, or the number of rounds if no other begins. */
const nextRound = ({ step, round: last = -1 }: Asked, repeat: NonNullable<AnyStep['repeat']>, context: unknown): TaskAnswer => {
  const round = last + 1;
  if (!repeat.while(context, round)) return { proceed: true, output: { way: 'on', round } };
  if (round >= repeat.atMost) return { refused: `${step} would begin more than ${repeat.atMost} rounds` };
  return { proceed: true, output: { way: 'again', round } };
};
