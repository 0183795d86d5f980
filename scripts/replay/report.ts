import { isShipped, keptCents, type OrderFacts, type ProductFacts, shelfOf, sum } from './balance.ts';
import { cents } from './cents.ts';

/** Says the first of them. Answers the exit code. */
export const sayFailures = (failed: readonly unknown[]): number => {
  for (const error of failed.slice(0, 10)) console.error(error instanceof Error ? error.message : error);
  if (failed.length > 10) console.error(`… and ${failed.length - 10} more failures`);
  return failed.length === 0 ? 0 : 1;
};

export interface Lived {
  readonly facts: readonly OrderFacts[];
  readonly products: readonly ProductFacts[];
  /** How many orders were placed now, and of how many products goods came. */
  readonly placed: number;
  readonly received: number;
}

export const reportLive = ({ facts, products, placed, received }: Lived): void => {
  const count = (names: readonly string[]) =>
    [...Map.groupBy(names, (name) => name)]
      .map(([name, group]) => `${group.length} ${name}`)
      .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  const reasons = count(facts.flatMap(({ status, reason }) => (status === 'cancelled' ? [`"${reason}"`] : []))).join(', ');
  const shipped = facts.filter(isShipped);
  const shelves = products.map(shelfOf);
  const total = <T>(items: readonly T[], number: (item: T) => number) => sum(items.map(number));
  const pieces = (number: (shelf: ReturnType<typeof shelfOf>) => number) => total(shelves, number).toLocaleString('en-US');
  console.log(`${facts.length} orders: ${count(facts.map(({ status }) => status)).join(', ')}${reasons === '' ? '' : ` (${reasons})`}`);
  console.log(
    `money: ${cents(total(shipped, ({ dueCents }) => dueCents))} shipped, ${cents(total(facts, ({ payment }) => keptCents(payment)))} received, ` +
      `${cents(total(facts, ({ takenCents, returnedCents }) => takenCents - returnedCents))} at the payment provider, ` +
      `which took ${cents(total(facts, ({ takenCents }) => takenCents))} and gave back ${cents(total(facts, ({ returnedCents }) => returnedCents))}`,
  );
  console.log(
    `stock of ${products.length} products: ${pieces((one) => one.received)} came, ${pieces((one) => sum(one.dispatched.values()))} left, ` +
      `${pieces((one) => one.onShelf)} on the shelf, ${pieces((one) => sum(one.reserved.values()))} reserved`,
  );
  console.log(`new: ${placed} orders placed, ${received} products received`);
};
