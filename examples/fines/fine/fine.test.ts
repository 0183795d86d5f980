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
  'a fine that was not created cannot be sent': { given: [], when: send, then: refused('FineNotCreated') },
  'a paid fine is sent all the same, because of its expenses': { given: [created, paid(3500)], when: send, then: [sent] },

  'the offender is notified of a fine that was sent': { given: [created, sent], when: notify, then: [notified] },
  'notifying twice changes nothing': { given: toNotified, when: notify, then: [] },
  'the offender cannot be notified before the fine is sent': { given: [created], when: notify, then: refused('FineNotSent') },

  'a penalty raises the fine': { given: toNotified, when: penalise, then: [penalised] },
  'a second penalty changes nothing': { given: toPenalised, when: penalise, then: [] },
  'no penalty without notice': { given: [created, sent], when: penalise, then: refused('OffenderNotNotified') },
  'a penalty does not lower the fine': {
    given: toNotified,
    when: { type: 'AddPenalty', data: { on, amountCents: 3499 } },
    then: refused('PenaltyLowersFine'),
  },

  'a payment is received': { given: [created], when: pay(1000), then: [paid(1000)] },
  'the same amount again is another payment': { given: [created, paid(1000)], when: pay(1000), then: [paid(1000)] },
  'an overpayment is received': { given: [created, paid(3500)], when: pay(1), then: [paid(1)] },
  'a payment for a fine that was not created is refused': { given: [], when: pay(1000), then: refused('FineNotCreated') },
  'a payment after the collection began is refused': { given: toCollected, when: pay(1000), then: refused('InCreditCollection') },

  'an unpaid fine goes to credit collection': { given: toPenalised, when: collect, then: [collected] },
  'a partly paid fine goes to credit collection, too': { given: [...toPenalised, paid(8499)], when: collect, then: [collected] },
  'collecting twice changes nothing': { given: toCollected, when: collect, then: [] },
  'a paid fine is not collected': {
    given: [...toPenalised, paid(8500)],
    when: collect,
    then: refused('NothingOutstanding'),
  },
  'a fine is not collected before the penalty': { given: toNotified, when: collect, then: refused('NoPenaltyAdded') },
  'a fine is not collected while an appeal is pending': { given: [...toPenalised, lodged], when: collect, then: refused('AppealPending') },
  'a dismissed fine is not collected': {
    given: [...toPenalised, lodged, upheld, decided, told],
    when: collect,
    then: refused('FineDismissed'),
  },

  'an appeal is lodged': { given: toNotified, when: lodge, then: [lodged] },
  'lodging twice changes nothing': { given: [...toNotified, lodged], when: lodge, then: [] },
  'an appeal after full payment is refused': { given: [created, paid(3500)], when: lodge, then: refused('NothingOutstanding') },
  'an appeal to the prefecture after the judge is refused': {
    given: [created, appealedToJudge],
    when: lodge,
    then: refused('AppealedToJudge'),
  },
  'an appeal goes to the prefecture': { given: [...toNotified, lodged], when: forward, then: [forwarded] },
  'forwarding it twice changes nothing': { given: toForwarded, when: forward, then: [] },
  'an appeal that was not lodged cannot be forwarded': { given: toNotified, when: forward, then: refused('AppealNotLodged') },
  'the prefecture decides': { given: toForwarded, when: decide, then: [decided] },
  'a second decision changes nothing': { given: [...toForwarded, decided], when: decide, then: [] },
  'the prefecture cannot decide before it has the appeal': { given: [...toNotified, lodged], when: decide, then: refused('AppealNotSent') },
  'the offender is notified of the decision': { given: [...toForwarded, decided], when: tell, then: [told] },
  'notifying of it twice changes nothing': { given: [...toForwarded, decided, told], when: tell, then: [] },
  'the offender cannot be notified before the decision': { given: toForwarded, when: tell, then: refused('NoAppealResult') },

  'an appeal may go to the judge at once': { given: [created], when: appealToJudge, then: [appealedToJudge] },
  'an appeal may go to the judge after the decision of the prefecture': {
    given: [...toForwarded, decided, told],
    when: appealToJudge,
    then: [appealedToJudge],
  },
  'an appeal to the judge before that decision is refused': { given: toForwarded, when: appealToJudge, then: refused('AppealPending') },
  'a second appeal to the judge changes nothing': { given: [created, appealedToJudge], when: appealToJudge, then: [] },
});
