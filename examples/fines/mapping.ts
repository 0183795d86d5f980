import { defineMapping, type EventOf, history } from 'foldstream';
import * as z from 'zod';
import { fine } from './fine/decider.ts';

// The register as it was published ("Road Traffic Fine Management Process", 4TU.ResearchData): a line for each event of a fine. The schemas
// are strict, so an unknown field is an error. The fields that the mapping leaves out have no information.

/** Turns euros, a decimal fraction, into whole cents. An amount that is not whole cents is an error. */
const euros = z.number().transform((value, { addIssue }) => {
  const cents = Math.round(value * 100);
  if (cents / 100 !== value) addIssue({ code: 'custom', message: `${value} euros are not whole cents` });
  return cents;
});

/** `NIL` stands for none. */
const dismissal = z.string().transform((code) => (code === 'NIL' ? undefined : code));

/** The fields of every line. The time is midnight at the place of the fine, with the offset of that day. */
const common = { fine: z.string(), at: z.iso.datetime({ offset: true }) };

const row = <A extends string, S extends z.ZodRawShape>(activity: A, data: S) =>
  z.strictObject({ activity: z.literal(activity), ...common, ...data });

const line = z.discriminatedUnion('activity', [
  row('Create Fine', {
    ...{ amount: euros, officer: z.string(), vehicleClass: z.string(), article: z.int(), points: z.int(), dismissal },
    totalPaymentAmount: z.literal(0),
  }),
  row('Send Fine', { expense: euros }),
  row('Insert Fine Notification', { notificationType: z.string(), lastSent: z.string().optional() }),
  row('Add penalty', { amount: euros }),
  row('Payment', { paymentAmount: euros, totalPaymentAmount: euros }),
  row('Send for Credit Collection', {}),
  row('Insert Date Appeal to Prefecture', {}),
  row('Send Appeal to Prefecture', { dismissal }),
  row('Receive Result Appeal from Prefecture', {}),
  row('Notify Result Appeal to Offender', {}),
  row('Appeal to Judge', { dismissal, officer: z.literal('0'), matricola: z.literal(0) }),
]);
type Line = z.output<typeof line>;

export const mapping = defineMapping({
  line,
  toHistory: (entry) => {
    const event = toEvent(entry);
    return history(fine, { id: entry.fine, recordedAt: entry.at, commandId: commandIdOf(entry, event), events: [event] });
  },
});

/** Every event but a payment happens to a fine once. The register's running total tells two payments of one day apart. */
const commandIdOf = (entry: Line, { type, data }: Event): string =>
  entry.activity === 'Payment' ? `register/${type}/${data.on}/${entry.paymentAmount}/${entry.totalPaymentAmount}` : `register/${type}`;

type Event = EventOf<typeof fine>;

const toEvent = (entry: Line): Event => {
  const on = entry.at.slice(0, 10);
  switch (entry.activity) {
    case 'Create Fine': {
      const { amount: amountCents, officer, vehicleClass, article, points } = entry;
      return { type: 'FineCreated', data: { on, amountCents, officer, vehicleClass, article, points, dismissal: entry.dismissal } };
    }
    case 'Send Fine':
      return { type: 'FineSent', data: { on, expenseCents: entry.expense } };
    case 'Insert Fine Notification':
      return { type: 'OffenderNotified', data: { on, notificationType: entry.notificationType, lastSent: entry.lastSent } };
    case 'Add penalty':
      return { type: 'PenaltyAdded', data: { on, amountCents: entry.amount } };
    case 'Payment':
      return { type: 'PaymentReceived', data: { on, amountCents: entry.paymentAmount } };
    case 'Send for Credit Collection':
      return { type: 'SentToCreditCollection', data: { on } };
    case 'Insert Date Appeal to Prefecture':
      return { type: 'AppealLodged', data: { on } };
    case 'Send Appeal to Prefecture':
      return { type: 'AppealSentToPrefecture', data: { on, dismissal: entry.dismissal } };
    case 'Receive Result Appeal from Prefecture':
      return { type: 'AppealResultReceived', data: { on } };
    case 'Notify Result Appeal to Offender':
      return { type: 'AppealResultNotified', data: { on } };
    case 'Appeal to Judge':
      return { type: 'AppealedToJudge', data: { on, dismissal: entry.dismissal } };
  }
};
