import { relative } from 'node:path';
import { ofService } from '../lib/folders.ts';
import { firstRequest, type OpenApi } from './first-request.ts';
import { passingToolsFolder, removeLeftovers } from './leftovers.ts';
import { colours } from './log/colours.ts';
import { logAsJson } from './log/json.ts';
import { logForPeople } from './log/people.ts';
import { type CommandLine, parseCommandLine, usage } from './options.ts';
import { stopSignal } from './stop-signal.ts';
import { type System, startSystem } from './system.ts';

/** Another domain keeps its data apart, for its streams and read models are others; and so does one with tenants, for its keys are. */
const dataFolderOf = ({ domain, tenantClaim }: Pick<CommandLine, 'domain' | 'tenantClaim'>): string => {
  const parts = [
    ...(domain === undefined ? [] : [domain.replaceAll(/[^A-Za-z0-9]+/g, '-')]),
    ...(tenantClaim === undefined ? [] : ['tenants']),
  ];
  return ofService('.local', parts.join('-'));
};
const forced = 130;
const print = (text: string): void => console.log(text);

const main = async (): Promise<void> => {
  const commandLine = parseCommandLine(process.argv.slice(2), process.env);
  if (commandLine.help) return console.log(usage);
  const log = commandLine.json ? logAsJson(print) : logForPeople(print, colours());
  const stopping = stopSignal();
  await removeLeftovers(ofService('.local'));
  const system = await startSystem({
    ...commandLine,
    types: commandLine.watch,
    dataFolder: commandLine.memory ? undefined : dataFolderOf(commandLine),
    toolsFolder: commandLine.memory ? ofService('.local', passingToolsFolder(process.pid)) : undefined,
    keyFolder: commandLine.auth ? ofService('.local') : undefined,
    signal: stopping,
    log: log.line,
    tell: log.tell,
    onRegistry: log.onRegistry,
    onStep: log.step,
  });
  const { url, stackName, inspectorUrl } = system;
  log.welcome(await welcome(system, commandLine), { url, stackName, inspectorUrl });
  const reason = await Promise.race([system.broken, aborted(stopping)]);
  if (!stopping.aborted) process.exitCode = 1;
  log.stopping(reason);
  await system.stop();
};

const aborted = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    const done = () => resolve((signal.reason as Error).message);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });

const welcome = async ({ url, stackName, simulators, inspectorUrl }: System, commandLine: CommandLine): Promise<string> => {
  const { memory, auth, chaosSeed, timeScale, watch } = commandLine;
  const { bold, dim } = colours();
  const dataFolder = dataFolderOf(commandLine);
  const kept = memory ? 'Nothing is kept' : `Data is kept in ${relative(process.cwd(), dataFolder) || '.'}; --fresh begins again`;
  return [
    `\n  ${bold(stackName)} listens on ${bold(url)}\n\n  ${await firstCurl(url, commandLine)}\n`,
    ...simulators.map(({ name, url, hint }) => `  ${bold(name)} is simulated on ${url}; tell the simulator what to answer:\n\n  ${hint}\n`),
    ...(auth ? [] : [dim('  The API requires no token. With --auth it requires tokens, as a deployed API does.')]),
    ...(chaosSeed === undefined ? [] : [`  The streams deliver twice and out of order (chaos ${chaosSeed}).`]),
    ...(timeScale === 1 ? [] : [`  Time limits, waits, schedules and retries pass ${Math.round(1 / timeScale)} times as fast.`]),
    ...(inspectorUrl === undefined ? [] : [`  A debugger may attach at ${inspectorUrl}; no time limits hold.`]),
    ...(watch ? [dim('  Each change of the sources is taken up at once.')] : []),
    dim(`  ${kept}. Ctrl-C stops.\n`),
  ].join('\n');
};

const tokenHeader = ({ tenantClaim }: CommandLine): string =>
  `-H "authorization: Bearer $(npm run -s token${tenantClaim === undefined ? '' : ` -- --claim ${tenantClaim}=acme`})"`;

/** What to try first, as the system itself describes what it takes. */
const firstCurl = async (url: string, commandLine: CommandLine): Promise<string> => {
  try {
    const first = firstRequest(url, (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi);
    return (first && (commandLine.auth ? `${first} \\\n    ${tokenHeader(commandLine)}` : first)) ?? `curl ${url}/openapi.json`;
  } catch {
    return `curl ${url}/health`;
  }
};

main().catch((error: Error) => {
  if (error.name !== 'AbortError') console.error(colours().red(error.message));
  process.exitCode = error.name === 'AbortError' ? forced : 1;
});
