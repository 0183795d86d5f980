import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly port: number;
  readonly fresh: boolean;
  readonly memory: boolean;
  /** Tokens are asked for. */
  readonly auth: boolean;
  readonly help: boolean;
  readonly domain?: string;
  readonly chaosSeed?: number;
}

const defaultPort = 3000;

export const usage = `npm start [-- options]     runs the whole system on this machine

  --fresh            begins without the data of earlier runs
  --memory           keeps nothing
  --auth             asks for tokens, as a deployed API does; npm run token mints them
  --chaos SEED       delivers stream records twice and out of order, the same way for the same number
  --domain FOLDER    runs another domain, such as examples/fines, with data of its own
  --help             this page

  PORT               where the API listens (${defaultPort})
  DYNAMODB_ENDPOINT  another DynamoDB engine, instead of the one that comes with this project`;

/** @throws Error, one line, that names the argument. */
export const parseCommandLine = (args: readonly string[], environment: NodeJS.ProcessEnv): CommandLine => {
  const { values } = parse({
    args: [...args],
    options: {
      fresh: { type: 'boolean' },
      memory: { type: 'boolean' },
      auth: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      chaos: { type: 'string' },
      domain: { type: 'string' },
    },
  });
  const { fresh = false, memory = false, auth = false, help = false, chaos, domain } = values;
  const chaosSeed = chaos === undefined ? undefined : wholeNumber('--chaos', chaos, 2 ** 32 - 1);
  const port = wholeNumber('PORT', environment['PORT'] || String(defaultPort), 65_535);
  return {
    port,
    fresh,
    memory,
    auth,
    help,
    ...(chaosSeed === undefined ? {} : { chaosSeed }),
    ...(domain === undefined ? {} : { domain }),
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

const wholeNumber = (name: string, text: string, largest: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > largest) throw new Error(`${name} is a whole number from 0 to ${largest}, not '${text}'.`);
  return value;
};
