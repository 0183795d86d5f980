import { type Api, answers, answersSoon } from './api.ts';
import { type Issuer, startIssuer, subject } from './issuer.ts';

const placement = { customerId: 'ada', lines: [{ productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 }] };
const placed = { aggregate: 'order', id: '42', version: 1, events: [{ type: 'OrderPlaced', version: 1 }], token: 'order-42@1' };
const place = (api: Api) => api.post('/order/42/PlaceOrder', placement, { 'idempotency-key': 'first' });

/** Sends a command to the API, and checks the log, the read models that the stream feeds, and the answers. */
export const driveFirstRelease = async (api: Api): Promise<void> => {
  await answers(place(api), { status: 200, headers: { etag: '"1"' }, body: placed });
  await answers(place(api), { status: 200, headers: { 'idempotent-replayed': 'true' }, body: placed });
  await answers(api.post('/order/42/PlaceOrder', placement), { status: 409, body: { code: 'OrderAlreadyPlaced' } });
  await answers(api.post('/order/43/PlaceOrder', {}), { status: 400, headers: { 'content-type': 'application/problem+json' } });
  await answersSoon(() => api.get('/order-summary/42'), { status: 200, headers: { etag: '"1"' }, body: { status: 'placed' } }, 30);
  await answersSoon(() => api.get('/customer-totals/ada'), { status: 200, body: { orders: 1, totalCents: 570 } }, 30);
  await answers(api.get('/streams/order/42'), { status: 200, body: { items: [{ type: 'OrderPlaced', metadata: { actor: subject } }] } });
  await answers(api.get('/order-summary?customerId=ada'), { status: 200, body: { items: [{ key: '42', version: 1 }] } });
};

/** Checks that the next release works with the data that the first release stored. */
export const driveNextRelease = async (api: Api): Promise<void> => {
  await answers(place(api), { status: 200, headers: { 'idempotent-replayed': 'true' }, body: placed });
  await answersSoon(() => api.get('/order-timeline/42'), { status: 200, body: { happened: ['placed'] } }, 150);
  await answers(api.post('/order/42/ApproveOrder', {}), { status: 200, body: { version: 2, token: 'order-42@2' } });
  await answersSoon(() => api.get('/order-summary/42'), { status: 200, headers: { etag: '"2"' }, body: { status: 'approved' } }, 30);
  await answersSoon(() => api.get('/order-timeline/42'), { status: 200, body: { happened: ['placed', 'approved'] } }, 30);
};

/** Checks that the API requires a token of the issuer, and that a token grants only its scopes. */
export const driveTokens = async (bearing: (token?: string) => Api, issuer: Issuer): Promise<void> => {
  const stranger = await startIssuer();
  const scopes = ['order:write'];
  await answers(bearing().get('/health'), { status: 200, body: { status: 'ok' } });
  await answers(bearing().get('/streams/order/42'), { status: 401 });
  await answers(place(bearing()), { status: 401 });
  await answers(place(bearing(await stranger.token(scopes))), { status: 401 });
  await answers(place(bearing(await issuer.token(scopes, '-1 minute'))), { status: 401 });
  await answers(place(bearing(await issuer.token(['order:read']))), { status: 403 });
  await answers(bearing(await issuer.token(['order:read'])).get('/streams/order/42'), { status: 200 });
  stranger.stop();
};

/** Checks that an event on the bus starts a saga: one saga completes, another one is aborted and undoes its steps. */
export const driveSaga = async (api: Api): Promise<void> => {
  const placed = { ...placement, fulfilledBy: 'marketplace' };
  const shows = (path: string, body: unknown) => answersSoon(() => api.get(path), { status: 200, body }, 60);
  await answers(api.post('/stock/tea/ReceiveStock', { quantity: 2 }), { status: 200 });
  await Promise.all(['good', 'bad'].map((id) => answers(api.post(`/order/${id}/PlaceOrder`, placed), { status: 200 })));
  await Promise.all(['good', 'bad'].map((id) => shows(`/streams/payment/${id}/state`, { state: { status: 'requested' } })));
  await answers(api.post('/payment/good/ReceivePayment', {}), { status: 200 });
  await answers(api.post('/payment/bad/DeclinePayment', { reason: 'no money' }), { status: 200 });
  await shows('/order-summary/good', { status: 'shipped' });
  await shows('/order-summary/bad', { status: 'cancelled', cancellationReason: 'no money' });
  await shows('/streams/stock/tea/state', { state: { quantity: 1, reserved: {} } });
};
