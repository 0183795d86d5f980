import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoOperatorCases, type OperatorCase, type OperatorCases } from '../../adapters/dynamo-saga-tokens.ts';
import { whereIs } from '../../adapters/saga-routes.ts';
import { stepFunctionsLook, stepFunctionsOperator } from '../../adapters/step-functions-sagas.ts';
import type { Domain } from '../../core/domain.ts';
import { NotFound } from '../../core/errors.ts';
import type { Times } from '../../core/saga-status.ts';
import { type Call, type Command, UsageError } from './command.ts';
import { clientSettings, type EventsTable } from './events-table.ts';
import { domainOf } from './local-domain.ts';

export const sagas: Command = {
  usage: `npm run es -- sagas [--json]
npm run es -- sagas SAGA ID [--json]
npm run es -- sagas SAGA ID --retry
npm run es -- sagas SAGA ID --give-up
  Where sagas are. Without more, those that wait for an operator.
  SAGA ID    one of them (fulfilment 42), by the id of the aggregate that has started it: what is done, what is undone, and why
  --retry    has the task that it is stuck at done again; one that stopped half-way is taken up where it stopped
  --give-up  goes on without that task: what it would have done or undone is for you to see to
  --json     JSON, for programs`,
  flags: { retry: { type: 'boolean' }, 'give-up': { type: 'boolean' }, json: { type: 'boolean' } },
  run: async (call: Call): Promise<number> => {
    const { words, flags } = call;
    const [saga, id, ...more] = words;
    const isAct = flags['retry'] === true || flags['give-up'] === true;
    if (more.length > 0 || (saga === undefined ? isAct : id === undefined))
      throw new UsageError('say which SAGA and ID, like fulfilment 42');
    if (flags['retry'] && flags['give-up']) throw new UsageError('--retry and --give-up exclude each other');
    const side = await openSagaSide(call);
    if (saga === undefined || id === undefined) return list(side, flags['json'] === true);
    const found = await whereIs(side, saga, id).catch((error: unknown) => {
      throw error instanceof NotFound ? new UsageError(error.message) : error;
    });
    if (isAct) return act(side, found, flags['retry'] === true);
    console.log(flags['json'] ? JSON.stringify(found) : inWords(found));
    return 0;
  },
};

interface SagaSide {
  readonly domain: Domain;
  readonly eventStore: EventsTable['eventStore'];
  readonly executions: ReturnType<typeof stepFunctionsLook>;
  readonly operator: ReturnType<typeof stepFunctionsOperator>;
  readonly cases: OperatorCases;
}

const openSagaSide = async ({ flags, open }: Call): Promise<SagaSide> => {
  const table = await open();
  const { sagaSide } = table.place;
  if (sagaSide === undefined) throw new UsageError('it is not known where the sagas are, or there are none: say --outputs FILE');
  const { services: endpoint, machines } = sagaSide;
  const client = new SFNClient(clientSettings({ ...table.place, endpoint }));
  const tokens = { client: DynamoDBDocumentClient.from(table.client), table: sagaSide.table, now: () => new Date() };
  const sfn = { client, machines };
  return {
    domain: await domainOf(flags, table),
    eventStore: table.eventStore,
    executions: stepFunctionsLook(sfn),
    operator: stepFunctionsOperator(sfn),
    cases: dynamoOperatorCases(tokens),
  };
};

const list = async ({ domain, cases }: SagaSide, isJson: boolean): Promise<number> => {
  const open = (await Promise.all((domain.sagas ?? []).map(({ name }) => cases.of(name)))).flat();
  for (const { token: _, ...one } of open) console.log(isJson ? JSON.stringify(one) : caseInWords(one));
  if (open.length === 0 && !isJson) console.log('No saga waits for an operator.');
  return 0;
};

const caseInWords = ({ saga, event, state, since, failed }: Omit<OperatorCase, 'token'>): string =>
  `${saga}  ${event}  stuck at ${state} since ${since}: ${JSON.stringify(failed)}`;

type Found = Awaited<ReturnType<typeof whereIs>>;

const act = async ({ cases, operator }: SagaSide, found: Found, isRetry: boolean): Promise<number> => {
  const open = 'execution' in found ? (await cases.of(found.saga)).filter(({ execution }) => execution === found.execution) : [];
  for (const one of open) {
    await (isRetry ? operator.retry(one.token) : operator.giveUp(one.token));
    await cases.close(one);
    console.log(`${one.state}: ${isRetry ? 'is done again' : 'is given up'}`);
  }
  if (open.length > 0) return 0;
  if (isRetry && 'execution' in found && found.status === 'failed') {
    await operator.takeUp(found.saga, found.execution);
    console.log('It is taken up where it stopped.');
    return 0;
  }
  console.log(`It is ${found.status}: there is nothing to ${isRetry ? 'retry' : 'give up'}.`);
  return 1;
};

const inWords = (found: Found): string => {
  const head = `${found.saga} ${found.id} (${found.event}): ${found.status}`;
  if (!('execution' in found)) return head;
  const { current, done, undone, reason } = found;
  const rows = [
    ...(current.length > 0 ? [`  at      ${current.join(', ')}`] : []),
    ...row('done', done),
    ...row('undone', undone),
    ...(reason === undefined ? [] : [`  because ${reason}`]),
  ];
  return [head, ...rows].join('\n');
};

const row = (title: string, times: Times): readonly string[] => {
  const parts = Object.entries(times).map(([step, count]) => (count === 1 ? step : `${step} (${count})`));
  return parts.length === 0 ? [] : [`  ${title.padEnd(7)} ${parts.join(', ')}`];
};
