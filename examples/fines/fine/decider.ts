import { defineDecider, ensure } from 'foldstream';
import { events } from './events.ts';

export const commands = {
  CreateFine: events.FineCreated,
  SendFine: events.FineSent,
  NotifyOffender: events.OffenderNotified,
  AddPenalty: events.PenaltyAdded,
  ReceivePayment: events.PaymentReceived.extend({ amountCents: events.PaymentReceived.shape.amountCents.positive() }),
  SendToCreditCollection: events.SentToCreditCollection,
  LodgeAppeal: events.AppealLodged,
  SendAppealToPrefecture: events.AppealSentToPrefecture,
  ReceiveAppealResult: events.AppealResultReceived,
  NotifyAppealResult: events.AppealResultNotified,
  AppealToJudge: events.AppealedToJudge,
};

type Step = Exclude<keyof typeof events, 'PaymentReceived'>;

type Fine = {
  /** The steps that have happened, each at most once. */
  readonly steps: readonly Step[];
  readonly amountCents: number;
  readonly expenseCents: number;
  readonly paidCents: number;
  readonly isDismissed: boolean;
};

/**
 * A traffic fine: created, sent, notified, raised by a penalty if it is not paid, and in the end handed to credit collection.
 * Before that, the offender may pay at any time, and may appeal to the prefecture, to a judge, or to both in turn.
 * The rules apply to new commands. The register's older history breaks some of them, and is folded nevertheless.
 */
export const fine = defineDecider({
  name: 'fine',
  commands,
  events,
  initialState: (): Fine => ({ steps: [], amountCents: 0, expenseCents: 0, paidCents: 0, isDismissed: false }),

  decide: {
    CreateFine: (creation, fine) => {
      ensure(!did(fine, 'FineCreated'), 'FineAlreadyCreated');
      return [{ type: 'FineCreated', data: creation }];
    },
    SendFine: (sending, fine) => {
      if (did(fine, 'FineSent')) return [];
      ensure(did(fine, 'FineCreated'), 'FineNotCreated');
      return [{ type: 'FineSent', data: sending }];
    },
    NotifyOffender: (notification, fine) => {
      if (did(fine, 'OffenderNotified')) return [];
      ensure(did(fine, 'FineSent'), 'FineNotSent');
      return [{ type: 'OffenderNotified', data: notification }];
    },
    AddPenalty: (penalty, fine) => {
      if (did(fine, 'PenaltyAdded')) return [];
      ensure(did(fine, 'OffenderNotified'), 'OffenderNotNotified');
      ensure(penalty.amountCents >= fine.amountCents, 'PenaltyLowersFine', { amountCents: fine.amountCents });
      return [{ type: 'PenaltyAdded', data: penalty }];
    },
    ReceivePayment: (payment, fine) => {
      ensureOpen(fine);
      return [{ type: 'PaymentReceived', data: payment }]; // An overpayment is received, too: the money has been paid.
    },
    SendToCreditCollection: (sending, fine) => {
      if (did(fine, 'SentToCreditCollection')) return [];
      ensure(did(fine, 'PenaltyAdded'), 'NoPenaltyAdded');
      ensure(!fine.isDismissed, 'FineDismissed');
      ensure(!isAppealPending(fine), 'AppealPending');
      ensure(outstandingCents(fine) > 0, 'NothingOutstanding');
      return [{ type: 'SentToCreditCollection', data: sending }];
    },
    LodgeAppeal: (appeal, fine) => {
      if (did(fine, 'AppealLodged')) return [];
      ensureOpen(fine);
      ensure(!did(fine, 'AppealedToJudge'), 'AppealedToJudge');
      ensure(outstandingCents(fine) > 0, 'NothingOutstanding');
      return [{ type: 'AppealLodged', data: appeal }];
    },
    SendAppealToPrefecture: (sending, fine) => {
      if (did(fine, 'AppealSentToPrefecture')) return [];
      ensure(did(fine, 'AppealLodged'), 'AppealNotLodged');
      return [{ type: 'AppealSentToPrefecture', data: sending }];
    },
    ReceiveAppealResult: (result, fine) => {
      if (did(fine, 'AppealResultReceived')) return [];
      ensure(did(fine, 'AppealSentToPrefecture'), 'AppealNotSent');
      return [{ type: 'AppealResultReceived', data: result }];
    },
    NotifyAppealResult: (notification, fine) => {
      if (did(fine, 'AppealResultNotified')) return [];
      ensure(did(fine, 'AppealResultReceived'), 'NoAppealResult');
      return [{ type: 'AppealResultNotified', data: notification }];
    },
    AppealToJudge: (appeal, fine) => {
      if (did(fine, 'AppealedToJudge')) return [];
      ensureOpen(fine);
      ensure(!isAppealPending(fine), 'AppealPending');
      return [{ type: 'AppealedToJudge', data: appeal }];
    },
  },

  evolve: {
    FineCreated: (fine, { amountCents, dismissal }) => ({ ...took(fine, 'FineCreated', dismissal), amountCents }),
    FineSent: (fine, { expenseCents }) => ({ ...took(fine, 'FineSent'), expenseCents }),
    OffenderNotified: (fine) => took(fine, 'OffenderNotified'),
    PenaltyAdded: (fine, { amountCents }) => ({ ...took(fine, 'PenaltyAdded'), amountCents }),
    PaymentReceived: (fine, { amountCents }) => ({ ...fine, paidCents: fine.paidCents + amountCents }),
    SentToCreditCollection: (fine) => took(fine, 'SentToCreditCollection'),
    AppealLodged: (fine) => took(fine, 'AppealLodged'),
    AppealSentToPrefecture: (fine, { dismissal }) => took(fine, 'AppealSentToPrefecture', dismissal),
    AppealResultReceived: (fine) => took(fine, 'AppealResultReceived'),
    AppealResultNotified: (fine) => took(fine, 'AppealResultNotified'),
    AppealedToJudge: (fine, { dismissal }) => took(fine, 'AppealedToJudge', dismissal),
  },
});

const did = ({ steps }: Fine, step: Step): boolean => steps.includes(step);

const took = (fine: Fine, step: Step, dismissal?: string): Fine => ({
  ...fine,
  steps: did(fine, step) ? fine.steps : [...fine.steps, step],
  isDismissed: fine.isDismissed || dismissal !== undefined,
});

/** Refuses unless the fine was created and is not yet in credit collection. */
const ensureOpen = (fine: Fine): void => {
  ensure(did(fine, 'FineCreated'), 'FineNotCreated');
  ensure(!did(fine, 'SentToCreditCollection'), 'InCreditCollection');
};

/** Whether the offender has not been notified of the prefecture's decision. */
const isAppealPending = (fine: Fine): boolean => did(fine, 'AppealLodged') && !did(fine, 'AppealResultNotified');

const outstandingCents = ({ amountCents, expenseCents, paidCents }: Fine): number => amountCents + expenseCents - paidCents;
