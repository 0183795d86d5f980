import { setTimeout } from 'node:timers/promises';
import { all, each } from './all.ts';
import { faultsOfOrder, faultsOfProduct, type OrderFacts, type ProductFacts } from './balance.ts';
import { type Books, orderFacts, productFacts, reservationsOf } from './facts.ts';
import type { Order } from './orders.ts';

export interface Auditing extends Books {
  readonly orders: readonly Order[];
  readonly concurrency: number;
  /** What is given back is on its way for a moment after its order has come to its end. */
  readonly settleSeconds: number;
}

export interface Audited {
  readonly facts: readonly OrderFacts[];
  readonly products: readonly ProductFacts[];
  readonly faults: readonly unknown[];
}

/** Compares the books of every order and every product. */
export const audit = async (auditing: Auditing, productIds: readonly string[]): Promise<Audited> => {
  const { orders } = auditing;
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const isOurs = (reservation: string) => ids.has(reservation.slice(0, reservation.lastIndexOf('/')));
  const ofOrders = await settled('comparing orders', orders, auditing, {
    look: (order) => orderFacts(auditing, order),
    faultsOf: faultsOfOrder,
  });
  const reservations = reservationsOf(orders, ofOrders.found);
  const ofProducts = await settled('comparing stock', productIds, auditing, {
    look: (productId) => productFacts(auditing, productId),
    faultsOf: (product) => faultsOfProduct(product, reservations.get(product.productId) ?? new Set(), isOurs),
  });
  return { facts: ofOrders.found, products: ofProducts.found, faults: [...ofOrders.faults, ...ofProducts.faults] };
};

interface Looking<T, F> {
  readonly look: (item: T) => Promise<F>;
  readonly faultsOf: (found: F) => readonly string[];
}
interface Settled<F> {
  readonly found: readonly F[];
  readonly faults: readonly unknown[];
}

/** Looks at every item; where something is wrong, again and again for a while. */
const settled = async <T, F>(
  title: string,
  items: readonly T[],
  { concurrency, settleSeconds }: Auditing,
  { look, faultsOf }: Looking<T, F>,
): Promise<Settled<F>> => {
  const deadline = Date.now() + settleSeconds * 1000;
  const lookAt = async (item: T) => ({ item, found: await look(item) });
  let { done, failed } = await all(title, items, concurrency, lookAt);
  const settledOnes: F[] = [];
  for (;;) {
    const wrong = done.filter(({ found }) => faultsOf(found).length > 0);
    settledOnes.push(...done.filter((one) => !wrong.includes(one)).map(({ found }) => found));
    if (wrong.length === 0 || Date.now() >= deadline) {
      const found = wrong.map((one) => one.found);
      return { found: [...settledOnes, ...found], faults: [...failed, ...found.flatMap(faultsOf)] };
    }
    await setTimeout(1000);
    const again = await each(
      wrong.map(({ item }) => item),
      concurrency,
      lookAt,
    );
    [done, failed] = [again.done, [...failed, ...again.failed]];
  }
};
