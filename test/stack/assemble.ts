import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const cdkJson = new URL('../../cdk.json', import.meta.url);

/** What `cdk` passes to the app: the feature flags, which shape the template, and more. The domain is that of the tests. */
export const contextWith = (context: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...JSON.parse(readFileSync(cdkJson, 'utf8')).context,
  domain: 'test/domain',
  ...context,
});

/**
 * Runs bin/app.ts as `cdk synth` does, without bundling its functions; the cloud assembly is then in the folder `outdir`.
 * @throws Error with the `code` and the `stderr` of the app, where it fails.
 */
export const assemble = async (context: Readonly<Record<string, unknown>>, outdir: string): Promise<{ readonly stderr: string }> => {
  const CDK_CONTEXT_JSON = JSON.stringify(contextWith({ 'aws:cdk:bundling-stacks': [], ...context }));
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON };
  return promisify(execFile)(process.execPath, ['bin/app.ts'], { env, encoding: 'utf8' });
};
