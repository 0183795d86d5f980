import { parseCommand, UsageError } from '../command-line.ts';
import { ownManifest } from '../package.ts';
import { type Finding, fits } from './findings.ts';
import { javaFinding, nodeFinding, peerFindings, portFinding } from './machine.ts';
import { migrationFindings } from './migrations.ts';
import { rollbackFindings } from './rollback.ts';
import { appFinding, dataFinding, lockFinding } from './service.ts';

/** `foldstream doctor`. Answers the exit code: 1 where something does not fit. With `--against` it looks at a rollback only. */
export const doctor = async (args: readonly string[] = []): Promise<number> => {
  const { values, positionals } = parseCommand('foldstream doctor', args, { against: { type: 'string' } });
  if (positionals.length > 0)
    throw new UsageError(`foldstream doctor takes no '${positionals[0]}': foldstream doctor --help says what there is.`);
  return values.against === undefined ? checkup() : report([lockFinding(), ...rollbackFindings(values.against)]);
};

const checkup = async (): Promise<number> => {
  const findings = [
    fits('Foldstream', ownManifest().version),
    nodeFinding(),
    javaFinding(),
    ...peerFindings(),
    appFinding(),
    lockFinding(),
    ...migrationFindings(),
    dataFinding(),
    await portFinding(),
  ];
  return report(findings);
};

const report = (findings: readonly Finding[]): number => {
  for (const finding of findings) console.log(lineOf(finding));
  const unfit = findings.filter(({ remedy }) => remedy !== undefined).length;
  console.log(
    unfit === 0 ? '\nEverything fits.' : `\n${unfit} ${unfit === 1 ? 'thing does' : 'things do'} not fit: do what the arrows say.`,
  );
  return unfit === 0 ? 0 : 1;
};

const lineOf = ({ what, found, remedy }: Finding): string =>
  `${remedy === undefined ? 'fits' : 'UNFIT'}  ${what}: ${found}${remedy === undefined ? '' : `\n       → ${remedy}`}`.replace(
    /^fits /,
    ' fits ',
  );
