import { readFileSync } from 'node:fs';
import * as z from 'zod';

const time = z.iso.datetime().nullable();

/** One line of the file: an order of a marketplace and when what happened to it. */
const Order = z.object({
  orderId: z.string().min(1),
  customerId: z.string(),
  status: z.string(),
  purchasedAt: z.iso.datetime(),
  approvedAt: time,
  shippedAt: time,
  deliveredAt: time,
  lines: z.array(z.object({ productId: z.string(), sellerId: z.string(), priceCents: z.int(), freightCents: z.int() })).min(1),
});
export type Order = z.output<typeof Order>;

export interface Command {
  readonly type: string;
  readonly data: unknown;
}

/** The orders of a file with one JSON object a line. @throws Error, naming the line and the fields. */
export const readOrders = (file: string): readonly Order[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, `${file}:${index + 1}`)]));

const parseLine = (line: string, where: string): Order => {
  try {
    return Order.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(`${where}: ${error instanceof z.ZodError ? z.prettifyError(error) : error}`);
  }
};

/**
 * What to send for an order, in the order of its life cycle: a step was taken if it has a time. The times themselves are
 * data, and in real files some contradict the life cycle.
 */
export const commandsOf = ({ customerId, lines, status, purchasedAt, approvedAt, shippedAt, deliveredAt }: Order): readonly Command[] => [
  { type: 'PlaceOrder', data: { customerId, lines, placedAt: purchasedAt } },
  ...(approvedAt === null ? [] : [{ type: 'ApproveOrder', data: { approvedAt } }]),
  ...(shippedAt === null ? [] : [{ type: 'ShipOrder', data: { shippedAt } }]),
  ...(deliveredAt === null ? [] : [{ type: 'DeliverOrder', data: { deliveredAt } }]),
  ...(status === 'canceled' ? [{ type: 'CancelOrder', data: { reason: 'cancelled on the marketplace' } }] : []),
];
