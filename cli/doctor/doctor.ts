import { ownManifest } from '../package.ts';
import { type Finding, fits } from './findings.ts';
import { javaFinding, nodeFinding, peerFindings, portFinding } from './machine.ts';
import { migrationFindings } from './migrations.ts';
import { appFinding, dataFinding, lockFinding } from './service.ts';

/** `foldstream doctor`. Answers the exit code: 1 where something does not fit. */
export const doctor = async (): Promise<number> => {
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
