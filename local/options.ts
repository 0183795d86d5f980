import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly port: number;
  readonly fresh: boolean;
  readonly memory: boolean;
  /** Tokens are asked for. */
  readonly auth: boolean;
  /** Which claim of a token says which tenant its bearer is of; absent: there are no tenants. */
  readonly tenantClaim?: string;
  readonly help: boolean;
  /** How long a second of waiting is, in seconds of the clock. */
  readonly timeScale: number;
  readonly domain?: string;
  readonly chaosSeed?: number;
  /** Takes up each change of the sources. */
  readonly watch: boolean;
  /** The log is one JSON object a line. */
  readonly json: boolean;
  /** Where a debugger finds this process and its functions; absent: it finds nothing. */
  readonly inspectPort?: number;
  /** The URLs of services on this machine whose events the inboxes get. */
  readonly listensTo?: readonly string[];
  /** The pages that may call the API from a browser; absent: those of this machine. */
  readonly allowedOrigins?: string;
  /** Where the secrets of third parties are; absent: in the folder of the user's settings. */
  readonly credentials?: string;
}

const defaultPort = 3000;
const defaultInspectPort = 9229;

export const usage = `npm start [-- options]     runs the whole system on this machine

  --fresh            begins without the data of earlier runs
  --memory           keeps nothing
  --auth             asks for tokens, as a deployed API does; npm run token mints them
  --tenant-claim C   there are tenants, with data of their own: the claim C of a token says which one its bearer is of; with --auth
  --chaos SEED       delivers stream records twice and out of order, the same way for the same number
  --speed N          lets the time limits and waits of processes, schedules and retries pass N times as fast
  --domain FOLDER    runs another domain, such as examples/fines, with data of its own
  --no-watch         leaves the code as it is at the start; without it each change of the sources is taken up at once
  --json             the log is one JSON object a line, as the functions write it
  --inspect[=PORT]   a debugger may attach, here and in the functions, and stop at breakpoints (${defaultInspectPort}); no time limits hold
  --listen-to LIST   services on this machine whose events the inboxes get: http://127.0.0.1:3000; separate several by commas
  --origins LIST     pages that may call the API from a browser; without it those on localhost and 127.0.0.1, whatever their port
  --credentials FILE the secrets of third parties and webhooks; without it ~/.config/foldstream/credentials.json
  --help             this page

  PORT               where the API listens (${defaultPort})
  DYNAMODB_ENDPOINT  another DynamoDB engine, instead of the one that comes with this project`;

/** @throws Error, one line, that names the argument. */
export const parseCommandLine = (args: readonly string[], environment: NodeJS.ProcessEnv): CommandLine => {
  const { values } = parse({
    args: args.map((arg) => (arg === '--inspect' ? `--inspect=${defaultInspectPort}` : arg)),
    allowNegative: true,
    options: {
      fresh: { type: 'boolean' },
      memory: { type: 'boolean' },
      auth: { type: 'boolean' },
      'tenant-claim': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      chaos: { type: 'string' },
      speed: { type: 'string', default: '1' },
      domain: { type: 'string' },
      watch: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      inspect: { type: 'string' },
      'listen-to': { type: 'string' },
      origins: { type: 'string' },
      credentials: { type: 'string' },
    },
  });
  const {
    fresh = false,
    memory = false,
    auth = false,
    help = false,
    chaos,
    speed,
    domain,
    watch,
    json,
    inspect,
    origins,
    credentials,
    'tenant-claim': tenantClaim,
    'listen-to': listenTo,
  } = values;
  if (tenantClaim !== undefined && !auth) throw new Error('--tenant-claim needs --auth: which tenant a caller is of is in a token.');
  const chaosSeed = chaos === undefined ? undefined : wholeNumber('--chaos', chaos, 2 ** 32 - 1);
  const inspectPort = inspect === undefined ? undefined : wholeNumber('--inspect', inspect, 65_535);
  const port = wholeNumber('PORT', environment['PORT'] || String(defaultPort), 65_535);
  return {
    port,
    fresh,
    memory,
    auth,
    help,
    watch,
    json,
    timeScale: 1 / speedOf(String(speed)),
    ...(tenantClaim === undefined ? {} : { tenantClaim }),
    ...(chaosSeed === undefined ? {} : { chaosSeed }),
    ...(domain === undefined ? {} : { domain }),
    ...(inspectPort === undefined ? {} : { inspectPort }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(listenTo === undefined ? {} : { listensTo: listenTo.split(',').map(localUrl) }),
    ...(origins === undefined ? {} : { allowedOrigins: origins }),
  };
};

/** What Node says about an argument, with the way to the right ones. */
const parse: typeof parseArgs = (config) => {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Error(`${(error as Error).message.split('. ')[0]}: npm start -- --help says what there is.`, { cause: error });
  }
};

/** A service of this machine. */
const localUrl = (text: string): string => {
  const url = text.trim().replace('//localhost', '//127.0.0.1').replace(/\/$/, '');
  if (!/^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(url))
    throw new Error(`--listen-to is the URL of a service on this machine, like http://127.0.0.1:3000, not '${text}'.`);
  return url;
};

const speedOf = (text: string): number => {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < 1 || value > mostSpeed)
    throw new Error(`--speed is a number from 1 to ${mostSpeed}, not '${text}'.`);
  return value;
};
const mostSpeed = 1000;

const wholeNumber = (name: string, text: string, largest: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > largest) throw new Error(`${name} is a whole number from 0 to ${largest}, not '${text}'.`);
  return value;
};
