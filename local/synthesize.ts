import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bundlesApart } from '../lib/bundle-options.ts';
import { ofService, packageFolder } from '../lib/folders.ts';
import { localAudience, localIssuer } from './issuer.ts';

/** Synthesizes the CDK app of the service into a folder. @throws Error with what the CDK said; AbortError when stopped. */
export const synthesize = async (folder: string, signal: AbortSignal, settings: Settings): Promise<void> => {
  signal.throwIfAborted();
  const context = Object.entries(contextOf(settings)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // A process group of its own: when stopped, the app that the CDK has started ends with it.
  const cdk = spawn(process.execPath, [join(packageFolder('aws-cdk'), 'bin/cdk'), 'synth', '-q', '--output', folder, ...context], {
    cwd: ofService(),
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const end = () => endGroup(cdk.pid);
  signal.addEventListener('abort', end, { once: true });
  const [said, [code]] = await Promise.all([text(cdk.stderr), once(cdk, 'close'), text(cdk.stdout)]);
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`The CDK app does not synthesize:\n${said.trim()}`);
};

export interface Settings {
  /** The folder of the domain, where it is not `domain`. */
  readonly domain?: string | undefined;
  /** The API asks for tokens of the issuer of this machine. */
  readonly auth: boolean;
  /** There are tenants, and this claim of a token says which one its bearer is of. */
  readonly tenantClaim?: string | undefined;
  /** The pages that may call the API from a browser. */
  readonly allowedOrigins?: string | undefined;
  /** Where those are whom the domain calls, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
}

const contextOf = ({ domain, auth, tenantClaim, endpoints, allowedOrigins }: Settings): Readonly<Record<string, string>> => ({
  ...(domain === undefined ? {} : { domain }),
  ...(tenantClaim === undefined ? {} : { tenantClaim }),
  [bundlesApart]: 'true',
  allowedOrigins: allowedOrigins ?? [...ownOrigins(), ...localOrigins].join(),
  // Who looks at the terminal looks for what went wrong.
  logLevel: 'WARN',
  logSampleRate: '0',
  ...(Object.keys(endpoints).length === 0
    ? {}
    : {
        endpoints: Object.entries(endpoints)
          .map(([name, url]) => `${name}=${url}`)
          .join(),
      }),
  ...(auth ? { issuer: localIssuer, audience: localAudience } : { auth: 'none' }),
});

/** The pages of a developer's machine, whatever their port (`http/cors.ts`). */
const localOrigins = ['http://localhost:*', 'http://127.0.0.1:*'];

/** Those that the service has for all its stages, in `cdk.json`. */
const ownOrigins = (): readonly string[] => {
  const { context = {} } = JSON.parse(readFileSync(ofService('cdk.json'), 'utf8')) as { readonly context?: { allowedOrigins?: unknown } };
  return [context.allowedOrigins ?? []].flat().map(String);
};

const endGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(process.platform === 'win32' ? pid : -pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
};

/** Without credentials: the CDK would use them to ask AWS for the account, and nothing here may need the network. */
const environment = (): NodeJS.ProcessEnv => {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && name.toUpperCase() !== 'PATH');
  const path = [dirname(process.execPath), ofService('node_modules/.bin'), process.env['PATH']].join(delimiter);
  return {
    ...Object.fromEntries(ours),
    PATH: path,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // Its rules are for what is deployed, and take half of the time of a synthesis. `cdk synth` and `cdk deploy` ask them.
    CDK_VALIDATION: 'false',
  };
};
