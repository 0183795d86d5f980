// foldstream VERB: the command line of a service. cli/foldstream.mjs runs it, on the pinned Node and in the folder of the service.
import { UsageError } from './command-line.ts';
import { ownManifest } from './package.ts';
import { verbs } from './verbs.ts';

const width = Math.max(...Object.keys(verbs).map((name) => name.length));
const list = Object.entries(verbs).map(([name, { does }]) => `  ${name.padEnd(width)}   ${does}`);
const usage = `foldstream VERB [options]

${list.join('\n')}

  foldstream VERB --help says more of a verb.`;

const isHelp = (arg: string | undefined): boolean => arg === '--help' || arg === '-h';

const say = (text: string, code: number): number => {
  (code === 0 ? console.log : console.error)(text);
  return code;
};

const main = async ([name, ...args]: readonly string[]): Promise<number | undefined> => {
  if (isHelp(name)) return say(usage, 0);
  if (name === '--version') return say(ownManifest().version, 0);
  if (name === undefined) return say(`Say what to do.\n\n${usage}`, 2);
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) return say(`There is no verb '${name}'.\n\n${usage}`, 2);
  if (verb.usage !== undefined && isHelp(args[0])) return say(verb.usage, 0);
  return await verb.run(args);
};

try {
  const code = await main(process.argv.slice(2));
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.exitCode = say(error instanceof Error ? error.message : String(error), error instanceof UsageError ? 2 : 1);
}
