// npm run lint:template: cfn-lint checks the templates of a dev stage, which is not watched, of production, and of production with its
// options. If cfn-lint cannot be
// installed, the command prints SKIPPED and the reason.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { colours } from '../../local/log/colours.ts';
import { logForPeople } from '../../local/log/people.ts';
import { stopSignal } from '../../local/stop-signal.ts';
import { cdk } from './cdk.ts';
import { run } from './processes.ts';
import { install, Unobtainable } from './venv.ts';

const folder = fileURLToPath(new URL('../../.local/lint/', import.meta.url));

const prod = ['-c', 'stage=prod', '-c', 'issuer=https://issuer.example', '-c', 'audience=foldstream', '-c', 'alarmEmail=ops@example.com'];
const stages = {
  dev: ['-c', 'auth=none'],
  prod,
  'prod with every option': [
    ...prod,
    ...['-c', 'ownKey=true', '-c', 'domainName=api.example.com', '-c', 'hostedZoneId=Z0123456789ABCDEFGHIJ'],
  ],
};

/** The rules of cfn-lint that are ignored, each with its reason. */
const ignored = {
  W3005: "the CDK lets a function wait for its role and the role's policy together, and the role is there twice then",
};

const templatesOf = async (stage: keyof typeof stages, signal: AbortSignal): Promise<readonly string[]> => {
  const output = join(folder, stage);
  await cdk(['synth', '-q', '--output', output, ...stages[stage]], { signal });
  const templates = readdirSync(output).filter((file) => file.endsWith('.template.json'));
  if (templates.length === 0) throw new Error(`${output} has no template`);
  return templates.map((file) => join(output, file));
};

const step = <T>(title: string, done: Promise<T>): Promise<T> => {
  logForPeople(console.log, colours()).step(title, done);
  return done;
};

const lint = async (signal: AbortSignal): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  const venv = await step('cfn-lint is installed', install({ of: 'cfn-lint', signal }));
  for (const stage of Object.keys(stages) as (keyof typeof stages)[]) {
    const templates = await step(`${stage} is synthesized`, templatesOf(stage, signal));
    const args = [
      '--format',
      'pretty',
      '--non-zero-exit-code',
      'informational',
      '--ignore-checks',
      ...Object.keys(ignored),
      '--',
      ...templates,
    ];
    await step(`${stage} has nothing that cfn-lint finds`, run(join(venv, 'bin/cfn-lint'), args, { env: process.env, signal }));
  }
};

const stopped = stopSignal();
try {
  await lint(stopped);
} catch (error) {
  if (error instanceof Unobtainable) console.log(`SKIPPED: cfn-lint cannot be had, because ${error.message}`);
  else {
    console.error((error as Error).message);
    process.exitCode = stopped.aborted ? 130 : 1;
  }
}
