// npm run replay -- FILE [--live]: drives a running system with the orders of a file.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { api } from './replay/api.ts';
import { replayAsRecorded } from './replay/as-recorded.ts';
import { replayLive } from './replay/live.ts';
import { readOrders } from './replay/orders.ts';

const usage = `Usage: npm run replay -- FILE [--url http://127.0.0.1:3000] [--concurrency 8] [--token TOKEN]
Places, approves, ships, delivers or cancels each order of FILE (one JSON object a line), as its data says.
A second run changes nothing: every command carries an idempotency key made of the order and the step. A system that asks for tokens needs one: npm run -s token.

       npm run replay -- FILE --live [--provider http://127.0.0.1:3001] [--patience 20] [--settle 120]
Has stock come for the orders and places them, to be fulfilled by the marketplace; waits until each is shipped or cancelled, and compares the
books: orders, payments, stock, and what the simulator of the payment provider (--provider) holds. What does not agree is named, and the exit code is 1.
--patience is for how many minutes it waits for the next order that comes to its end; where the provider says nothing, that takes a payment's 15, or less
with npm start -- --speed. --settle is for how many seconds the books
may still disagree after that. A system that is down for some minutes is waited for. A second run changes nothing.`;

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: `http://127.0.0.1:${process.env['PORT'] ?? 3000}` },
      concurrency: { type: 'string', default: '8' },
      token: { type: 'string' },
      live: { type: 'boolean', default: false },
      provider: { type: 'string', default: `http://127.0.0.1:${Number(process.env['PORT'] ?? 3000) + 1}` },
      patience: { type: 'string', default: '20' },
      settle: { type: 'string', default: '120' },
      help: { type: 'boolean', default: false },
    },
  });
  const [file] = positionals;
  const concurrency = Number(values.concurrency);
  if (values.help) return say(usage, 0);
  if (file === undefined || positionals.length > 1) return say(usage, 2);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100)
    return say('--concurrency is a whole number from 1 to 100', 2);

  const [patienceMinutes, settleSeconds] = [Number(values.patience), Number(values.settle)];
  if (!(patienceMinutes > 0 && patienceMinutes <= 24 * 60)) return say('--patience is a number of minutes, a day at most', 2);
  if (!(settleSeconds >= 0 && settleSeconds <= 24 * 3600)) return say('--settle is a number of seconds, a day at most', 2);

  const orders = readOrders(resolve(process.env['INIT_CWD'] ?? '.', file));
  if (!values.live) {
    const ask = api(values.url, values.token);
    await ask('/health');
    return replayAsRecorded(ask, orders, concurrency);
  }
  const ask = api(values.url, values.token, untilItIsBack);
  const askProvider = api(values.provider, undefined, untilItIsBack);
  for (const there of [api(values.url), api(values.provider)]) await there('/health', {}, [404]);
  return replayLive({ ask, askProvider, orders, concurrency, patienceMinutes, settleSeconds });
};

/** Some minutes. */
const untilItIsBack = { maxTries: 60, mostSeconds: 5 };

const say = (text: string, code: number): number => {
  (code === 0 ? console.log : console.error)(text);
  return code;
};

process.exitCode = await main().catch((error: unknown) => say(error instanceof Error ? error.message : String(error), 1));
