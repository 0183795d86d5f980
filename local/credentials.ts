import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The secrets with which third parties know this machine, in a file outside every repository. */
export interface LocalCredentials {
  /** @throws Error that says what to write into which file, if a third party asks for credentials and has none. */
  demand(name: string, endpoint: string | undefined): void;
  /** The text of a secret, as Secrets Manager has it. The file is read each time, so a change of it holds at once. */
  textOf(name: string, endpoint: string | undefined): string;
  /** The secret with which a provider signs: the entry `webhook:NAME`, a text. Undefined: that of the local system. */
  ofWebhook(name: string): string | undefined;
}

export interface LocalCredentialsProps {
  readonly file: string;
  /** Whether a simulator listens there. A simulator takes any credentials. */
  readonly isSimulated: (endpoint: string) => boolean;
}

/** `~/.config/foldstream/credentials.json` */
export const defaultCredentialsFile = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'foldstream', 'credentials.json');

/** Where a simulator issues tokens. */
export const simulatedTokenPath = '/simulated-token';

export const localCredentials = ({ file, isSimulated }: LocalCredentialsProps): LocalCredentials => {
  const simulated = (endpoint: string | undefined): string | undefined => {
    if (endpoint === undefined || !isSimulated(endpoint)) return undefined;
    const tokenUrl = `${endpoint.replace(/\/$/, '')}${simulatedTokenPath}`;
    // Of every form: a domain says which one it needs.
    return JSON.stringify({ value: 'simulated', key: 'simulated', clientId: 'simulated', clientSecret: 'simulated', tokenUrl });
  };
  const textOf = (name: string, endpoint: string | undefined): string => {
    const own = existsSync(file) ? entryIn(file, name) : undefined;
    const text = own === undefined ? simulated(endpoint) : JSON.stringify(own);
    if (text === undefined) throw new Error(missing(file, name));
    return text;
  };
  const ofWebhook = (name: string): string | undefined => {
    const entry = existsSync(file) ? entryIn(file, `webhook:${name}`) : undefined;
    if (entry === undefined || typeof entry === 'string') return entry;
    throw new Error(`the entry 'webhook:${name}' in ${file} is no text: write { "webhook:${name}": "…" }`);
  };
  return { textOf, ofWebhook, demand: (name, endpoint) => void textOf(name, endpoint) };
};

const missing = (file: string, name: string): string =>
  `'${name}' asks for credentials, and ${file} has none for it. Write { "${name}": { "value": "…" } } into it for a header, ` +
  `{ "clientId": "…", "clientSecret": "…" } for OAuth, { "key": "…" } for a signature. Then: chmod 600 ${file}`;

/** The entry of a third party. @throws Error, which holds nothing of the file, if the file is not one that only its owner sees. */
const entryIn = (given: string, name: string): unknown => {
  const file = realpathSync(given);
  if ((statSync(file).mode & 0o077) !== 0 && process.platform !== 'win32')
    throw new Error(`${given} holds secrets, and other users may read it: chmod 600 ${given}`);
  const repository = repositoryOf(file);
  if (repository !== undefined)
    throw new Error(`${given} holds secrets, and lies in the repository ${repository}: move it to ${defaultCredentialsFile()}`);
  return parsed(file, given)[name];
};

const parsed = (file: string, given: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`${given} is not JSON: an object with an entry for each third party`);
  }
};

/** The folder with a `.git` above a file. */
const repositoryOf = (file: string): string | undefined => {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
};
