/** Lines of an order file as marketplaces keep them: a few hundred orders of every fate, the same each time. */
export const orderLines = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => JSON.stringify(orderAt(index)));

const day = 24 * 60 * 60 * 1000;
const time = (index: number, days: number): string => new Date(Date.UTC(2017, 0, 1) + index * 3_600_000 + days * day).toISOString();

/** Of ten orders seven are delivered, and one each is shipped, approved and cancelled. Some are approved after they were shipped. */
const orderAt = (index: number) => {
  const fate = index % 10;
  return {
    orderId: `order${index}`,
    customerId: `customer${index % 7}`,
    status: fate === 9 ? 'canceled' : 'delivered',
    purchasedAt: time(index, 0),
    approvedAt: time(index, index % 5 === 0 ? 3 : 1),
    shippedAt: fate < 8 ? time(index, 2) : null,
    deliveredAt: fate < 7 ? time(index, 9) : null,
    lines: Array.from({ length: 1 + (index % 3) }, (_, line) => ({
      productId: `product${line}`,
      sellerId: `seller${index % 3}`,
      priceCents: 1000 + index,
      freightCents: 100 + line,
    })),
  };
};

/** What all of them are worth, with freight. */
export const worthCents = (count: number): number =>
  Array.from({ length: count }, (_, index) => orderAt(index).lines)
    .flat()
    .reduce((cents, { priceCents, freightCents }) => cents + priceCents + freightCents, 0);
