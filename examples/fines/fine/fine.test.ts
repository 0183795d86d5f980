import type { CommandOf, EventOf } from 'foldstream';
import { refused, scenarios } from 'foldstream/testing';
import { fine } from './decider.ts';

type Event = EventOf<typeof fine>;
type Command = CommandOf<typeof fine>;

const on = '2006-05-02';
const creation = { on, amountCents: 3500, officer: '541', vehicleClass: 'A', article: 157, points: 0 };
const notification = { on, notificationType: 'P', lastSent: 'N' };

const created: Event = { type: 'FineCreated', data: creation };
const sent: Event = { type: 'FineSent', data: { on, expenseCents: 1350 } };
const notified: Event = { type: 'OffenderNotified', data: notification };
const penalised: Event = { type: 'PenaltyAdded', data: { on, amountCents: 7150 } };
const paid = (amountCents: number): Event => ({ type: 'PaymentReceived', data: { on, amountCents } });
const collected: Event = { type: 'SentToCreditCollection', data: { on } };
const lodged: Event = { type: 'AppealLodged', data: { on } };
const forwarded: Event = { type: 'AppealSentToPrefecture', data: { on } };
const upheld: Event = { type: 'AppealSentToPrefecture', data: { on, dismissal: '#' } };
const decided: Event = { type: 'AppealResultReceived', data: { on } };
const told: Event = { type: 'AppealResultNotified', data: { on } };
const appealedToJudge: Event = { type: 'AppealedToJudge', data: { on } };

const create: Command = { type: 'CreateFine', data: creation };
const send: Command = { type: 'SendFine', data: { on, expenseCents: 1350 } };
const notify: Command = { type: 'NotifyOffender', data: notification };
const penalise: Command = { type: 'AddPenalty', data: { on, amountCents: 7150 } };
const pay = (amountCents: number): Command => ({ type: 'ReceivePayment', data: { on, amountCents } });
const collect: Command = { type: 'SendToCreditCollection', data: { on } };
const lodge: Command = { type: 'LodgeAppeal', data: { on } };
const forward: Command = { type: 'SendAppealToPrefecture', data: { on } };
const decide: Command = { type: 'ReceiveAppealResult', data: { on } };
const tell: Command = { type: 'NotifyAppealResult', data: { on } };
const appealToJudge: Command = { type: 'AppealToJudge', data: { on } };

const toNotified = [created, sent, notified];
const toPenalised = [...toNotified, penalised];
const toCollected = [...toPenalised, collected];
const toForwarded = [...toNotified, lodged, forwarded];

scenarios(fine, {
  'a fine is created': { given: [], when: create, then: [created] },
  'a fine is created once': { given: [created], when: create, then: refused('FineAlreadyCreated') },

  'a fine is sent': { given: [created], when: send, then: [sent] },
  'sending twice changes nothing': { given: [created, sent], when: send, then: [] },
  'what was never created is not sent': { given: [], when: send, then: refused('FineNotCreated') },
  'a fine that is paid is sent all the same, for its expenses': { given: [created, paid(3500)], when: send, then: [sent] },

  'the offender is notified of what was sent': { given: [created, sent], when: notify, then: [notified] },
  'notifying twice changes nothing': { given: toNotified, when: notify, then: [] },
  'nobody is notified of what was not sent': { given: [created], when: notify, then: refused('FineNotSent') },

  'a penalty raises the fine': { given: toNotified, when: penalise, then: [penalised] },
  'there is one penalty': { given: toPenalised, when: penalise, then: [] },
  'no penalty without notice': { given: [created, sent], when: penalise, then: refused('OffenderNotNotified') },
  'a penalty does not lower the fine': {
    given: toNotified,
    when: { type: 'AddPenalty', data: { on, amountCents: 3499 } },
    then: refused('PenaltyLowersFine'),
  },

  'a payment is received': { given: [created], when: pay(1000), then: [paid(1000)] },
  'the same amount again is another payment': { given: [created, paid(1000)], when: pay(1000), then: [paid(1000)] },
  'what is paid too much is received': { given: [created, paid(3500)], when: pay(1), then: [paid(1)] },
  'nothing is received for what is no fine': { given: [], when: pay(1000), then: refused('FineNotCreated') },
  'what the collectors have is paid to them': { given: toCollected, when: pay(1000), then: refused('InCreditCollection') },

  'what is not paid goes to the collectors': { given: toPenalised, when: collect, then: [collected] },
  'the rest of it goes to them, too': { given: [...toPenalised, paid(8499)], when: collect, then: [collected] },
  'collecting twice changes nothing': { given: toCollected, when: collect, then: [] },
  'there is nothing to collect of what is paid': {
    given: [...toPenalised, paid(8500)],
    when: collect,
    then: refused('NothingOutstanding'),
  },
  'nothing is collected before the penalty': { given: toNotified, when: collect, then: refused('NoPenaltyAdded') },
  'nothing is collected while an appeal is pending': { given: [...toPenalised, lodged], when: collect, then: refused('AppealPending') },
  'a dismissed fine is not collected': {
    given: [...toPenalised, lodged, upheld, decided, told],
    when: collect,
    then: refused('FineDismissed'),
  },

  'an appeal is lodged': { given: toNotified, when: lodge, then: [lodged] },
  'lodging twice changes nothing': { given: [...toNotified, lodged], when: lodge, then: [] },
  'who has paid does not appeal': { given: [created, paid(3500)], when: lodge, then: refused('NothingOutstanding') },
  'after the judge there is no prefecture': { given: [created, appealedToJudge], when: lodge, then: refused('AppealedToJudge') },
  'an appeal goes to the prefecture': { given: [...toNotified, lodged], when: forward, then: [forwarded] },
  'it goes there once': { given: toForwarded, when: forward, then: [] },
  'what was not lodged does not go there': { given: toNotified, when: forward, then: refused('AppealNotLodged') },
  'the prefecture decides': { given: toForwarded, when: decide, then: [decided] },
  'it decides once': { given: [...toForwarded, decided], when: decide, then: [] },
  'it does not decide what it has not got': { given: [...toNotified, lodged], when: decide, then: refused('AppealNotSent') },
  'the offender is told': { given: [...toForwarded, decided], when: tell, then: [told] },
  'and is told once': { given: [...toForwarded, decided, told], when: tell, then: [] },
  'but not before it is decided': { given: toForwarded, when: tell, then: refused('NoAppealResult') },

  'the judge may be asked at once': { given: [created], when: appealToJudge, then: [appealedToJudge] },
  'or when the prefecture has said no': { given: [...toForwarded, decided, told], when: appealToJudge, then: [appealedToJudge] },
  'but not while it has not': { given: toForwarded, when: appealToJudge, then: refused('AppealPending') },
  'the judge is asked once': { given: [created, appealedToJudge], when: appealToJudge, then: [] },
});
