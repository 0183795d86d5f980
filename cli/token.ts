// npm run token -- --scope order:write: a token for a system that was started with npm start -- --auth.
import { pathToFileURL } from 'node:url';
import { isTenant } from '../core/basics/stream.ts';
import { scopesOf } from '../core/registry/access.ts';
import { ofService } from '../lib/folders.ts';
import { openIssuer } from '../local/issuer.ts';
import { parseCommand } from './command-line.ts';

const usage = `npm run -s token -- [options]     mints a token for a system that was started with npm start -- --auth

  --scope "A B"      what it grants (everything there is)
  --subject NAME     whose it is (somebody)
  --expires SECONDS  how long it holds (3600)
  --tenant NAME      of which tenant, in the claim 'tenant': for npm start -- --auth --tenant-claim tenant
  --claim NAME=TEXT  something else that it says; may be given more than once. TEXT that begins with [ or { is JSON:
                     --claim 'cognito:groups=["clerks"]'
  --domain FOLDER    whose scopes "everything" means (domain)

  curl -H "authorization: Bearer $(npm run -s token -- --scope order:read)" http://127.0.0.1:3000/streams/order/42`;

const everyScope = async (folder: string): Promise<readonly string[]> => {
  const { domain } = await import(pathToFileURL(ofService(folder, 'index.ts')).href);
  return scopesOf(domain);
};

const main = async (): Promise<void> => {
  const { values } = parseCommand('npm run token --', process.argv.slice(2), {
    scope: { type: 'string', multiple: true },
    subject: { type: 'string', default: 'somebody' },
    expires: { type: 'string', default: '3600' },
    tenant: { type: 'string' },
    claim: { type: 'string', multiple: true, default: [] },
    domain: { type: 'string', default: 'domain' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) return console.log(usage);
  // Less than nothing is a token that has expired, to try out what that does.
  if (!/^-?\d{1,9}$/.test(values.expires)) throw new Error('--expires is a whole number of seconds');
  const issuer = await openIssuer(ofService('.local'));
  const token = await issuer.mint({
    subject: values.subject,
    scopes: values.scope?.flatMap((text) => text.split(/[\s,]+/)) ?? (await everyScope(values.domain)),
    expiresInSeconds: Number(values.expires),
    claims: { ...tenantIn(values.tenant), ...Object.fromEntries(values.claim.map(claimIn)) },
  });
  console.log(token);
};

const tenantIn = (tenant: string | undefined): Readonly<Record<string, string>> => {
  if (tenant === undefined) return {};
  if (!isTenant(tenant)) throw new Error(`--tenant cannot be '${tenant}'`);
  return { tenant };
};

const claimIn = (text: string): [string, unknown] => {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--claim is NAME=TEXT, not '${text}'`);
  return [name, /^[[{]/.test(value) ? jsonIn(value, text) : value];
};

const jsonIn = (value: string, text: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    throw new Error(`--claim '${text}': the value begins as JSON, and is none`);
  }
};

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
