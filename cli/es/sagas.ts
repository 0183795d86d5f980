import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { aggregateNamed, runsOf, whereIs } from '../../adapters/http/saga-route.ts';
import { dynamoOperatorCases, type OperatorCase, type OperatorCases } from '../../adapters/sagas/dynamo-operator-cases.ts';
import { dynamoSagaClaims } from '../../adapters/sagas/dynamo-saga-claims.ts';
import { dynamoSagaFates } from '../../adapters/sagas/dynamo-saga-fates.ts';
import { dynamoSagaTokens } from '../../adapters/sagas/dynamo-saga-tokens.ts';
import { type Census, stepFunctionsCensus } from '../../adapters/sagas/step-functions-census.ts';
import { stepFunctionsLook, stepFunctionsOperator, stepFunctionsStarts } from '../../adapters/sagas/step-functions-sagas.ts';
import { stepFunctionsStates } from '../../adapters/sagas/step-functions-states.ts';
import { Invalid, NotFound } from '../../core/basics/errors.ts';
import { rowOf } from '../../core/basics/messages.ts';
import { type Address, parseEventId, streamName } from '../../core/basics/stream.ts';
import { findEvent } from '../../core/log/find-event.ts';
import { type Domain, eventsOf, sagasOf } from '../../core/registry/domain.ts';
import type { SagaClaims, SagaFates } from '../../core/sagas/fates.ts';
import type { SagaStarts, SagaTokens, WaitingStep } from '../../core/sagas/ports.ts';
import { commandOf, startOf } from '../../core/sagas/running/run.ts';
import { holderOf, type UniquePorts } from '../../core/sagas/running/unique.ts';
import { type AnySaga, definitionsOf, machineName, namesOf, revisionOf, sagaNamed } from '../../core/sagas/saga.ts';
import { definitionIn, type SagaExecution, type Times } from '../../core/sagas/status.ts';
import { actFlags, actUsage, type Outcome, recordedAct } from './acts.ts';
import type { Call, Command } from './command.ts';
import { clientSettings, type EventsTable } from './events-table.ts';
import { numberOf, UsageError } from './flags.ts';
import { domainOf } from './local-domain.ts';

export const sagas: Command = {
  usage: `npm run es -- sagas [--json]
npm run es -- sagas --revision [--json]
npm run es -- sagas SAGA RUN [--json]
npm run es -- sagas SAGA RUN --retry
npm run es -- sagas SAGA RUN --give-up
npm run es -- sagas SAGA RUN --abort
npm run es -- sagas SAGA RUN --start
npm run es -- sagas SAGA ID --runs [--from VERSION] [--limit 10] [--json]
  Where sagas are. Without more, those that wait for an operator.
  SAGA RUN   one run of a saga: what is done, what is undone, and why. Its name is the event that started it (fulfilment order-42@1, or
             acme/order-42@1 of a tenant), as the list of those that wait shows it. The id of the aggregate (fulfilment 42, acme/42) is
             the latest run that the aggregate has started
  --revision counts, for each revision of each saga, the runs under way, and those that stopped and that --retry can take up. A revision
             that counts none may leave the code
  --runs     lists the runs that the aggregate has started, the latest first
  --from     begins at this version of the aggregate; the previous page names it
  --limit    the maximum number of runs, 100 at most
  --retry    has the task that it is stuck at done again; one that stopped half-way is taken up where it stopped
  --give-up  goes on without that task: what it would have done or undone is for you to see to
  --abort    has one that waits for an event taken back, as if the time for that were up
  --start    starts one that its event was too old to start. Step Functions forgets one 90 days after its end: it is pending then, too, and
             is begun once more. See by its streams (show) that it was never begun
  --json     JSON, for programs
With --retry, --give-up, --abort and --start:
${actUsage}`,
  flags: {
    ...{ retry: { type: 'boolean' }, 'give-up': { type: 'boolean' }, abort: { type: 'boolean' }, start: { type: 'boolean' } },
    ...{ revision: { type: 'boolean' }, runs: { type: 'boolean' }, from: { type: 'string' }, limit: { type: 'string' } },
    json: { type: 'boolean' },
    ...actFlags,
  },
  run: async (call: Call): Promise<number> => {
    const { words, flags } = call;
    const [saga, id, ...more] = words;
    const acts = [...Object.keys(actions), 'runs'].filter((act) => flags[act] === true);
    if (more.length > 0 || (saga === undefined ? acts.length > 0 : id === undefined))
      throw new UsageError('say which SAGA and RUN, like fulfilment order-42@1 or fulfilment 42');
    if (flags['revision'] === true && (saga !== undefined || acts.length > 0))
      throw new UsageError('--revision stands alone: it counts the runs of all sagas');
    if (acts.length > 1) throw new UsageError(`--${acts.join(' and --')} exclude each other`);
    const side = await openSagaSide(call);
    if (flags['revision'] === true) return count(side, flags['json'] === true);
    if (saga === undefined || id === undefined) return list(side, flags['json'] === true);
    if (flags['runs'] === true) return listRuns(side, { saga, id, flags }).catch(asUsage);
    const found = await find(side, saga, id).catch(asUsage);
    const [act = ''] = acts;
    const action = actions[act];
    if (action !== undefined)
      return recordedAct(call, side.table, { act, target: `${found.saga} ${found.event}` }, () => action(side, found));
    console.log(flags['json'] ? JSON.stringify(found) : inWords(found));
    return 0;
  },
};

interface SagaSide {
  readonly table: EventsTable;
  readonly domain: Domain;
  readonly eventStore: EventsTable['eventStore'];
  readonly starts: SagaStarts;
  readonly executions: ReturnType<typeof stepFunctionsLook>;
  readonly operator: ReturnType<typeof stepFunctionsOperator>;
  readonly census: ReturnType<typeof stepFunctionsCensus>;
  readonly cases: OperatorCases;
  readonly tokens: SagaTokens;
  readonly fates: SagaFates;
  readonly claims: SagaClaims;
  readonly stateOf: UniquePorts['stateOf'];
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
    table,
    domain: await domainOf(flags, table),
    eventStore: table.eventStore,
    starts: stepFunctionsStarts(sfn),
    executions: stepFunctionsLook(sfn),
    operator: stepFunctionsOperator(sfn),
    census: stepFunctionsCensus({ ...sfn, now: () => new Date() }),
    cases: dynamoOperatorCases(tokens),
    tokens: dynamoSagaTokens(tokens),
    fates: dynamoSagaFates(tokens),
    claims: dynamoSagaClaims(tokens),
    stateOf: stepFunctionsStates(sfn),
  };
};

const asUsage = (error: unknown): never => {
  throw error instanceof NotFound || error instanceof Invalid ? new UsageError(error.message) : error;
};

/** By `order-42@1` or `42`; of a tenant, `acme/order-42@1` or `acme/42`. */
const find = async (side: SagaSide, name: string, id: string) => {
  const saga = sagaNamed(sagasOf(side.domain), name);
  return whereIs(side, saga, { name: id, tenant: tenantIn(id) });
};

const tenantIn = (id: string): string | undefined => (id.includes('/') ? id.slice(0, id.indexOf('/')) : undefined);

interface Asked {
  readonly saga: string;
  readonly id: string;
  readonly flags: Call['flags'];
}

const listRuns = async (side: SagaSide, { saga: name, id, flags }: Asked): Promise<number> => {
  const saga = sagaNamed(sagasOf(side.domain), name);
  const stream = aggregateNamed(saga, { name: id, tenant: tenantIn(id) });
  const page = { from: numberOf(flags, 'from', Number.MAX_SAFE_INTEGER), limit: numberOf(flags, 'limit', 100) ?? 10 };
  const { items, following } = await runsOf(side, saga, { stream, ...page });
  for (const run of items) console.log(flags['json'] ? JSON.stringify(run) : `${run.event}  ${run.status}${startedAt(run)}`);
  if (following !== undefined && !flags['json']) console.log(`There are more: --from ${following}`);
  return 0;
};

const startedAt = (run: Found): string => ('execution' in run ? ` since ${run.startedAt}` : '');

const list = async ({ domain, cases }: SagaSide, isJson: boolean): Promise<number> => {
  const every = (await Promise.all(sagasOf(domain).map((saga) => casesOf(cases, saga)))).flat();
  // One task may have been told more than once, with other tokens.
  const open = [...new Map(every.map((one) => [taskOf(one), one])).values()];
  for (const { token: _, row: __, ...one } of open) console.log(isJson ? JSON.stringify(one) : caseInWords(one));
  if (open.length === 0 && !isJson) console.log('No saga waits for an operator.');
  return 0;
};

/** An execution tells the name that its saga had when it began. */
const casesOf = async (cases: OperatorCases, saga: AnySaga): Promise<readonly OperatorCase[]> =>
  (await Promise.all(namesOf(saga).map(cases.of))).flat();

/** A revision that the code does not have is counted, too: its runs wait for the code. */
const count = async ({ domain, census }: SagaSide, isJson: boolean): Promise<number> => {
  for (const saga of sagasOf(domain)) {
    const held = definitionsOf(saga).map(revisionOf);
    const counted = await census.of(machineName(saga));
    const none = held
      .filter((one) => !counted.some(({ revision }) => revision === one))
      .map((revision) => ({ revision, running: 0, stopped: 0 }));
    for (const one of [...counted, ...none].sort((a, b) => a.revision - b.revision)) {
      const isHeld = held.includes(one.revision);
      console.log(isJson ? JSON.stringify({ saga: saga.name, ...one, isHeld }) : countInWords(saga.name, one, isHeld));
    }
  }
  return 0;
};

const countInWords = (saga: string, { revision, running, stopped }: Census, isHeld: boolean): string =>
  `${saga}@${revision}  ${running} under way, ${stopped} stopped${isHeld ? '' : '; the code does not have this revision'}`;

const taskOf = ({ execution, state, index }: OperatorCase): string => `${execution}/${state}/${index}`;

const caseInWords = ({ saga, event, state, since, failed }: Omit<OperatorCase, 'token' | 'row'>): string =>
  `${saga}  ${event}  stuck at ${state} since ${since}: ${JSON.stringify(failed)}`;

type Found = Awaited<ReturnType<typeof whereIs>>;

const actions: Readonly<Record<string, (side: SagaSide, found: Found) => Promise<Outcome>>> = {
  retry: (side, found) => settle(side, found, true),
  'give-up': (side, found) => settle(side, found, false),
  abort: (side, found) => abort(side, found),
  start: (side, found) => start(side, found),
};

const done = (result: string): Outcome => ({ code: 0, outcome: 'done', result });

/** For people, too. */
const nothing = (result: string): Outcome => {
  console.log(result);
  return { code: 1, outcome: 'nothing', result };
};

/** As the service's own starter does it, however old the event is. */
const start = async ({ starts, ...side }: SagaSide, found: Found): Promise<Outcome> => {
  const input = startOf(
    sagaNamed(sagasOf(side.domain), found.saga),
    await findEvent({ ...side, eventsOf: eventsOf(side.domain) })(found.event),
  );
  if ('execution' in found || input === undefined) return nothing(`It is ${found.status}: there is nothing to start.`);
  const holder = await holderOf({ ...side, now: () => new Date() }, sagaNamed(sagasOf(side.domain), found.saga), input);
  if (holder !== undefined) return nothing(`The run of ${holder} has its key: it can start when that one has ended.`);
  await starts.start(machineName(sagaNamed(sagasOf(side.domain), found.saga)), { ...input, again: true });
  console.log('It is started.');
  return done('It is started.');
};

/** It is not known whether what is waited for would still come, so the step itself is undone, too. */
const abort = async (side: SagaSide, found: Found): Promise<Outcome> => {
  const waiting = await waitingFor(side, found);
  for (const one of waiting) {
    await side.operator.giveUp(one.token);
    await side.tokens.delete(one);
  }
  const steps = [...new Set(waiting.map((one) => one.step))];
  for (const step of steps) console.log(`${step}: no task waits for it any more, and it is taken back`);
  if (steps.length > 0) return done(`${steps.join(', ')}: taken back`);
  return nothing(`It is ${found.status} and waits for no event${found.status === 'stuck' ? ': say --retry or --give-up' : ''}.`);
};

/** The steps of an execution that wait for an event; by every token, for which of them is the last is not known here. */
const waitingFor = async ({ domain, executions, tokens }: SagaSide, found: Found): Promise<readonly WaitingStep[]> => {
  const saga = sagaNamed(sagasOf(domain), found.saga);
  const execution = 'execution' in found ? await executions.of(machineName(saga), found.event) : undefined;
  if (execution === undefined || !('current' in found)) return [];
  const streams = found.current.flatMap((step) => streamsOf(saga, execution, step));
  const all = await Promise.all(streams.map(tokens.waitingOn));
  return all.flat().filter((one) => one.execution === execution.name && found.current.includes(one.step));
};

/** Those that a step waits for; each once. */
const streamsOf = (newest: AnySaga, { name, input }: SagaExecution, step: string): readonly Address[] => {
  const saga = definitionIn(newest, input);
  const { awaits, forEach } = rowOf(saga.steps, step) ?? {};
  if (awaits === undefined) return [];
  const items = forEach === undefined ? [0] : (input.context as Readonly<Record<string, readonly unknown[]>>)[forEach];
  const streams = (items ?? []).map((_, index) => commandOf(saga, name, input, { does: 'send', step, index }).stream);
  return [...new Map(streams.map((stream) => [streamName(stream), stream])).values()];
};

const settle = async ({ domain, cases, operator }: SagaSide, found: Found, isRetry: boolean): Promise<Outcome> => {
  const saga = sagaNamed(sagasOf(domain), found.saga);
  const every = await casesOf(cases, saga);
  const open = every.filter(({ event }) => event === found.event);
  for (const one of open) {
    await (isRetry ? operator.retry(one.token) : operator.giveUp(one.token));
    await cases.close(one);
  }
  const states = [...new Map(open.map((one) => [taskOf(one), one])).values()].map(({ state }) => state);
  const came = isRetry ? 'is done again' : 'is given up';
  for (const state of states) console.log(`${state}: ${came}`);
  if (states.length > 0) return done(states.map((state) => `${state}: ${came}`).join('; '));
  if (isRetry && 'execution' in found && found.status === 'failed') {
    await operator.takeUp(machineName(saga), found.execution);
    console.log('It is taken up where it stopped.');
    return done('It is taken up where it stopped.');
  }
  const outcome = nothing(`It is ${found.status}: there is nothing to ${isRetry ? 'retry' : 'give up'}.`);
  // The latest run may have ended while an earlier one waits.
  const others = every.filter(({ event }) => streamOf(event) === streamOf(found.event)).map(({ event }) => `${found.saga} ${event}`);
  for (const other of new Set(others)) console.log(`${other} waits for an operator.`);
  return outcome;
};

const streamOf = (event: string): string => streamName(parseEventId(event).stream);

const inWords = (found: Found): string => {
  const head = `${found.saga} ${found.id} (${found.event}): ${found.status}`;
  if ('holder' in found) return `${head}: the run of ${found.holder} has its key`;
  if (!('execution' in found)) return head;
  const { current, done, undone, reason, interruptedBy, tooLateToInterrupt = [] } = found;
  const rows = [
    ...(current.length > 0 ? [`  at      ${current.join(', ')}`] : []),
    ...row('done', done),
    ...row('undone', undone),
    ...(reason === undefined ? [] : [`  because ${reason}`]),
    ...(interruptedBy === undefined ? [] : [`  interrupted by ${interruptedBy}`]),
    ...tooLateToInterrupt.map((event) => `  too late to interrupt: ${event}`),
  ];
  return [head, ...rows].join('\n');
};

const row = (title: string, times: Times): readonly string[] => {
  const parts = Object.entries(times).map(([step, count]) => (count === 1 ? step : `${step} (${count})`));
  return parts.length === 0 ? [] : [`  ${title.padEnd(7)} ${parts.join(', ')}`];
};
