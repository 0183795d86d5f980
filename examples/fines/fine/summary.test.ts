import { expect, test } from '@jest/globals';
import type { AnyProjection, EventOf, Metadata } from 'foldstream';
import type { fine } from './decider.ts';
import { fineSummary } from './summary.ts';

type Event = EventOf<typeof fine>;

const created = (dismissal?: string): Event => ({
  type: 'FineCreated',
  data: { on: '2006-05-01', amountCents: 3500, officer: '541', vehicleClass: 'A', article: 157, points: 2, dismissal },
});
const sent: Event = { type: 'FineSent', data: { on: '2006-05-02', expenseCents: 1350 } };
const notified: Event = { type: 'OffenderNotified', data: { on: '2006-05-03', notificationType: 'P' } };
const penalised: Event = { type: 'PenaltyAdded', data: { on: '2006-05-04', amountCents: 7150 } };
const paid = (amountCents: number): Event => ({ type: 'PaymentReceived', data: { on: '2006-05-05', amountCents } });
const collected: Event = { type: 'SentToCreditCollection', data: { on: '2006-05-06' } };
const lodged: Event = { type: 'AppealLodged', data: { on: '2006-05-07' } };
const upheld: Event = { type: 'AppealSentToPrefecture', data: { on: '2006-05-08', dismissal: '#' } };
const decided: Event = { type: 'AppealResultReceived', data: { on: '2006-05-09' } };
const told: Event = { type: 'AppealResultNotified', data: { on: '2006-05-10' } };
const judged: Event = { type: 'AppealedToJudge', data: { on: '2006-05-11', dismissal: 'G' } };

const fresh = {
  ...{ status: 'open', officer: '541', vehicleClass: 'A', article: 157, points: 2, createdOn: '2006-05-01' },
  ...{ amountCents: 3500, expenseCents: 0, paidCents: 0, payments: 0, appeal: 'none' },
};
const payment = { paidCents: 3500, payments: 1, lastPaidOn: '2006-05-05' };
const raised = { amountCents: 7150, penaltyAddedOn: '2006-05-04' };
const appealed = { appeal: 'pending', appealedOn: '2006-05-07' };

const table: Readonly<Record<string, { given: readonly Event[]; gives: object | null }>> = {
  'no fine, no summary': { given: [], gives: null },
  'a new fine is open': { given: [created()], gives: fresh },
  'sent and notified, with its expenses': {
    given: [created(), sent, notified],
    gives: { ...fresh, expenseCents: 1350, sentOn: '2006-05-02', notifiedOn: '2006-05-03' },
  },
  'paid, if payments cover the fine': { given: [created(), paid(3500)], gives: { ...fresh, ...payment, status: 'paid' } },
  'not paid, if payments do not cover the fine': { given: [created(), paid(3499)], gives: { ...fresh, ...payment, paidCents: 3499 } },
  'two payments are added up': { given: [created(), paid(3000), paid(500)], gives: { ...fresh, ...payment, payments: 2, status: 'paid' } },
  'a penalty opens it again': { given: [created(), paid(3500), penalised], gives: { ...fresh, ...payment, ...raised } },
  'in credit collection': {
    given: [created(), penalised, collected],
    gives: { ...fresh, ...raised, status: 'in-collection', inCollectionOn: '2006-05-06' },
  },
  'appealed, until the offender is notified': { given: [created(), lodged, decided], gives: { ...fresh, ...appealed, status: 'appealed' } },
  'open again, after the offender is notified': {
    given: [created(), lodged, decided, told],
    gives: { ...fresh, ...appealed, appeal: 'decided' },
  },
  'dismissed on appeal': {
    given: [created(), lodged, upheld],
    gives: { ...fresh, ...appealed, status: 'dismissed', dismissedOn: '2006-05-08' },
  },
  'dismissed by the judge': {
    given: [created(), judged],
    gives: { ...fresh, appeal: 'pending', appealedOn: '2006-05-11', status: 'dismissed', dismissedOn: '2006-05-11' },
  },
  'dismissed from the start': { given: [created('T')], gives: { ...fresh, status: 'dismissed', dismissedOn: '2006-05-01' } },
};

/** The document that the rows make of these events. The rows use only the events. */
const documentOf = (given: readonly Event[]) => {
  const { evolve, initialState }: AnyProjection = fineSummary;
  return given.reduce(
    (document, { type, data }) => (evolve[type] === undefined ? document : evolve[type](document ?? initialState(), data, {} as Metadata)),
    null,
  );
};

test.each(Object.entries(table))('%s', (_, { given, gives }) => {
  expect(documentOf(given)).toEqual(gives);
});

test('every summary fits its schema, so the API describes what it answers', () => {
  const documents = Object.values(table).flatMap(({ gives }) => (gives === null ? [] : [gives]));
  expect(documents.map((document) => fineSummary.document.parse(document))).toEqual(documents);
});
