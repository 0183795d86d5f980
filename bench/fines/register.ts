import { beginning, linesOf } from '../../cli/import/lines.ts';
import { type Entry, readEntry } from '../../core/import/mapping.ts';
import { mapping } from '../../examples/fines/mapping.ts';

export interface Register {
  /** The published register, a line for each event. Absent: a made-up one. */
  readonly file?: string | undefined;
  /** The number of fines, each with its whole history. */
  readonly fines: number;
}

/** The history of the first fines of a register, in the order of time, as `npm run import` reads it. */
export const historyOf = async ({ file, fines }: Register): Promise<readonly Entry[]> => {
  const taken = new Set<string>();
  const entries: Entry[] = [];
  for await (const text of file === undefined ? madeUp(fines) : textsOf(file)) {
    const fine = /"fine":"([^"]+)"/.exec(text)?.[1] ?? '';
    if (taken.size < fines) taken.add(fine);
    const entry = taken.has(fine) ? readEntry(mapping, text) : undefined;
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
};

async function* textsOf(file: string): AsyncGenerator<string> {
  for await (const { text } of linesOf({ file, from: beginning })) yield text;
}

/** Five fines a day. Of three, one is paid at once, and two are sent and rise; then one of these is paid, and one collected. */
function* madeUp(fines: number): Generator<string> {
  const steps = Array.from({ length: fines }, (_, number) => lifeOf(number)).flat();
  for (const { day, line } of steps.sort((a, b) => a.day - b.day))
    yield JSON.stringify({ ...line, at: `${new Date(Date.UTC(2010, 0, 1 + day)).toISOString().slice(0, 19)}Z` });
}

const lifeOf = (number: number) => {
  const fine = `M${number}`;
  const begun = Math.floor(number / 5);
  const creation = { officer: String(number % 90), dismissal: 'NIL', vehicleClass: 'ACM'[number % 3], article: 157, points: number % 4 };
  const step = (activity: string, after: number, data: object) => ({ day: begun + after, line: { fine, activity, ...data } });
  const paid = (after: number, amount: number) => step('Payment', after, { paymentAmount: amount, totalPaymentAmount: amount });
  const created = step('Create Fine', 0, { amount: 36, ...creation, totalPaymentAmount: 0 });
  if (number % 3 === 0) return [created, paid(9, 36)];
  const risen = [
    step('Send Fine', 60, { expense: 13 }),
    step('Insert Fine Notification', 75, { notificationType: 'P' }),
    step('Add penalty', 135, { amount: 72 }),
  ];
  return [created, ...risen, number % 3 === 1 ? paid(150, 85) : step('Send for Credit Collection', 600, {})];
};
