import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { ask, type Order, type Service } from './traffic.ts';

const read = async (service: Service, path: string) => {
  const answer = await ask(service, path);
  assert.equal(answer?.status, 200, `GET ${path}: ${JSON.stringify(answer)}`);
  return answer?.body;
};

/** What is missing or wrong in the system; empty if nothing is. */
export const faultsIn = async (service: Service, orders: readonly Order[]): Promise<readonly string[]> => {
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string): void => void (holds || faults.push(fault));
  const sums = new Map<string, { orders: number; cents: number }>();
  const count = (key: string, cents: number): void => {
    const sum = sums.get(key) ?? { orders: 0, cents: 0 };
    sums.set(key, { orders: sum.orders + 1, cents: sum.cents + cents });
  };
  for (const { id, customerId, cents } of orders) {
    const events = (await read(service, `/streams/order/${id}`)).items as readonly { type: string; data: { channel?: string } }[];
    const types = events.map(({ type }) => type).join();
    expect(types === 'OrderAccepted,ChannelChosen,OrderConfirmed', `order-${id} has the events ${types}`);
    const payments = (await read(service, `/streams/payment/${id}`)).items.map(({ type }: { type: string }) => type);
    const known = [
      ['PaymentRequested', 'PaymentSettled'],
      ['PaymentRequested', 'PaymentSettled', 'AuditOrdered', 'PaymentAudited'],
    ];
    expect(
      known.some((one) => one.join() === payments.join()),
      `payment-${id} has the events ${payments}`,
    );
    const channel = events[1]?.data.channel ?? '';
    count(`customer-totals/${customerId}`, cents);
    count(`channel-totals/${channel}`, cents);
    const document = await ask(service, `/order-list/${id}`);
    const shown = JSON.stringify(document?.body);
    expect(shown === JSON.stringify({ customerId, cents, channel, status: 'confirmed' }), `/order-list/${id} is ${shown}`);
    const paid = JSON.stringify((await ask(service, `/payments/${id}`))?.body);
    expect(
      paid === JSON.stringify({ status: payments.length > 2 ? 'audited' : 'received', events: payments.length }),
      `/payments/${id} is ${paid}`,
    );
    const saga = (await ask(service, `/sagas/checkout/${id}`))?.body;
    expect(saga?.status === 'completed', `the saga of ${id} is ${JSON.stringify(saga)}`);
  }
  for (const [path, sum] of sums) {
    const shown = JSON.stringify((await ask(service, `/${path}`))?.body);
    expect(shown === JSON.stringify(sum), `/${path} is ${shown}, not ${JSON.stringify(sum)}`);
  }
  const listed = (await read(service, '/order-list?status=confirmed&limit=100')).items.length;
  expect(listed === orders.length, `the index lists ${listed} of ${orders.length} orders`);
  for (const name of ['order-list', 'payments', 'customer-totals', 'channel-totals', 'relay']) {
    const { items } = await read(service, `/parked/${name}`);
    expect(items.length === 0, `${name} has parked ${JSON.stringify(items)}`);
  }
  return faults;
};

/** The read models are eventually right, so the proof is repeated until it holds, or the time is up. */
export const prove = async (service: Service, orders: readonly Order[], seconds: number): Promise<void> => {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const faults = await faultsIn(service, orders);
    if (faults.length === 0) return;
    if (Date.now() > until) throw new Error(`${faults.length} faults:\n${faults.slice(0, 20).join('\n')}`);
    await setTimeout(500);
  }
};
