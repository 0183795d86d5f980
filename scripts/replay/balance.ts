// What the books of orders, payments, stock and the payment provider say of each other, once all is over.
import { cents } from './cents.ts';

export interface Event {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One order, as each of the books has it. */
export interface OrderFacts {
  readonly orderId: string;
  readonly dueCents: number;
  /** By its stream, and by the read model. */
  readonly status: string;
  readonly shown: string;
  readonly reason?: string | undefined;
  readonly payment: readonly Event[];
  /** At the provider. */
  readonly takenCents: number;
  readonly returnedCents: number;
}

/** One product. */
export interface ProductFacts {
  readonly productId: string;
  readonly events: readonly Event[];
  /** How many there are on the shelf, by the aggregate's state. */
  readonly onShelf: number;
}

export const isShipped = ({ status }: Pick<OrderFacts, 'status'>): boolean => status === 'shipped' || status === 'delivered';
export const isOver = (status: string): boolean => isShipped({ status }) || status === 'cancelled';

/** What a payment's stream says was kept of the money. */
export const keptCents = (payment: readonly Event[]): number => {
  const has = (type: string) => payment.some((event) => event.type === type);
  const requested = payment.find(({ type }) => type === 'PaymentRequested');
  return has('PaymentReceived') && !has('PaymentRefunded') ? Number(requested?.data['amountCents']) : 0;
};

/** What is wrong with an order; nothing, if its books agree. */
export const faultsOfOrder = (order: OrderFacts): readonly string[] => {
  const { orderId, status, shown, dueCents, payment, takenCents, returnedCents } = order;
  const due = isShipped(order) ? dueCents : 0;
  const says = (amount: number, who: string) =>
    amount === due ? [] : [`order ${orderId} is ${status}: ${who} ${cents(amount)} of ${cents(dueCents)} and has to have ${cents(due)}`];
  return [
    ...(isOver(status) ? [] : [`order ${orderId} has come to no end: it is ${status}`]),
    ...(shown === status ? [] : [`order ${orderId} is ${status}, and order-summary shows ${shown}`]),
    ...says(keptCents(payment), 'its payment has'),
    ...says(takenCents - returnedCents, 'the payment provider holds'),
  ];
};

interface Shelf {
  readonly received: number;
  readonly onShelf: number;
  readonly reserved: ReadonlyMap<string, number>;
  readonly dispatched: ReadonlyMap<string, number>;
}

/** The stock of a product by its events, each counted; the aggregate's own fold has no part in it. */
export const shelfOf = ({ events, onShelf }: ProductFacts): Shelf => {
  const reserved = new Map<string, number>();
  const dispatched = new Map<string, number>();
  let received = 0;
  for (const { type, data } of events) {
    const { reservation, quantity } = data as { readonly reservation: string; readonly quantity: number };
    if (type === 'StockReceived') received += quantity;
    if (type === 'StockReserved') reserved.set(reservation, quantity);
    if (type === 'StockDispatched') dispatched.set(reservation, reserved.get(reservation) ?? 0);
    if (type === 'StockReturned') dispatched.set(reservation, (dispatched.get(reservation) ?? 0) - quantity);
    if (type === 'StockReleased' || type === 'StockDispatched') reserved.delete(reservation);
  }
  return { received, onShelf, reserved, dispatched };
};

/** What is wrong with a product; `reservations` are those of the lines of shipped orders. */
export const faultsOfProduct = (product: ProductFacts, reservations: ReadonlySet<string>, isOurs: (reservation: string) => boolean) => {
  const { productId, onShelf } = product;
  const { received, reserved, dispatched } = shelfOf(product);
  const gone = sum(dispatched.values());
  const left = [...reserved.keys()].filter(isOurs);
  const sent = [...dispatched].filter(([reservation, quantity]) => quantity > 0 && isOurs(reservation)).map(([reservation]) => reservation);
  return [
    ...left.map((reservation) => `product ${productId}: still reserved for ${reservation}`),
    ...(onShelf + gone === received ? [] : [`product ${productId}: ${received} came, ${gone} left, and ${onShelf} are on the shelf`]),
    ...sent.filter((one) => !reservations.has(one)).map((one) => `product ${productId}: dispatched for ${one}, which was not shipped`),
    ...[...reservations]
      .filter((one) => !sent.includes(one))
      .map((one) => `product ${productId}: shipped for ${one}, and never dispatched`),
  ];
};

export const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);
