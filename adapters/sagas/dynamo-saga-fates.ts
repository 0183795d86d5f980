import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { streamName } from '../../core/basics/stream.ts';
import type { Fate, InterruptibleRun, LateInterruption, SagaFates } from '../../core/sagas/fates.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { type DynamoSagaTable, putOnce, remove, rowName, rowsOf, type SagaRowKey } from './dynamo-saga-table.ts';

/** Step Functions ends every execution after a year. */
const daysOfFate = 400;

interface RunRow extends Omit<InterruptibleRun, 'stream'>, SagaRowKey {
  readonly interrupts: true;
  /** A listener of an earlier release takes the row for a waiting step, and no event for an answer to it. */
  readonly since: number;
  readonly expires: number;
}

/**
 * The decisions about runs, and the streams whose events may interrupt them, in the table of the tokens. A run is a row of the stream's
 * partition, beside the steps that wait for the stream's events. A decision is the row `fate` of the run's own partition; each event that
 * came too late is a row of it as well.
 */
export const dynamoSagaFates = ({ client, table, now }: DynamoSagaTable): SagaFates => {
  const expiresIn = (seconds: number): number => Math.ceil(now().getTime() / 1000) + seconds;
  const put = (Item: object) => orUnavailable(client.send(new PutCommand({ TableName: table, Item })));

  return {
    listen: async ({ stream, ...run }) => {
      const row: RunRow = {
        ...run,
        ...keyOfRun({ stream, ...run }),
        interrupts: true,
        since: Number.MAX_SAFE_INTEGER,
        expires: expiresIn(run.seconds),
      };
      await put(row);
    },

    listeningTo: async (stream) => {
      const rows = await rowsOf<RunRow>({ client, table }, streamName(stream));
      return rows
        .filter(({ interrupts }) => interrupts === true)
        .map(({ waiting: _, interrupts: __, since: ___, expires: ____, ...run }) => ({ ...run, stream }));
    },

    forget: (run) => remove({ client, table }, keyOfRun(run)),

    decide: async (execution, fate) => {
      const Item = { ...fate, ...keyOfFate(execution, 'fate'), expires: expiresIn(daysOfFate * 24 * 3600) };
      const old = await putOnce({ client, table }, Item, { condition: 'attribute_not_exists(#stream)', names: { '#stream': 'stream' } });
      return old === undefined ? fate : fateIn(old as unknown as Fate);
    },

    refuse: (execution, late) =>
      put({ ...late, ...keyOfFate(execution, `late/${late.event}`), expires: expiresIn(daysOfFate * 24 * 3600) }).then(() => {}),

    of: async (execution) => {
      const rows = await rowsOf<SagaRowKey & (Fate | LateInterruption)>({ client, table }, keyOfFate(execution, '').stream);
      const fate = rows.find(({ waiting }) => waiting === 'fate') as Fate | undefined;
      const late = rows.filter(({ waiting }) => waiting !== 'fate') as unknown as readonly LateInterruption[];
      return {
        ...(fate === undefined ? {} : { fate: fateIn(fate) }),
        tooLate: late.map(({ event, type, reason }) => ({ event, type, reason })),
      };
    },
  };
};

const fateIn = (row: Fate): Fate => ('passed' in row ? { passed: true } : { interruptedBy: row.interruptedBy, reason: row.reason });

const keyOfRun = ({ stream, execution, waits }: InterruptibleRun): SagaRowKey => ({
  stream: streamName(stream),
  waiting: waits === undefined ? `${execution}/interrupts` : rowName(`${execution}/interrupts`, waits.step, waits.index, waits.token),
});

/** No tenant is called `operator`, and no saga's name has a slash, so these are neither tokens nor operators' cases. */
const keyOfFate = (execution: string, waiting: string): SagaRowKey => ({ stream: `operator/fates/${execution}`, waiting });
