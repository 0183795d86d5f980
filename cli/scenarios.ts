import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GivenScenario } from '../core/schema-lock/projections.ts';
import { ownModule } from '../lib/folders.ts';

/**
 * The scenarios of projections in the tests of a folder, as far as their files can be loaded outside of Jest. `projectionScenarios` lists
 * them, and no test runs: `@jest/globals` is another module here (outside-of-jest.ts). A file that cannot be loaded is named on stderr.
 */
export const scenariosIn = async (folder: string): Promise<readonly GivenScenario[]> => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.test\.[jt]s$/.test(file) && !file.includes('node_modules'),
  );
  const found = files.map((file) => join(folder, file)).filter((file) => readFileSync(file, 'utf8').includes('projectionScenarios'));
  if (found.length === 0) return [];
  const instead = pathToFileURL(ownModule('cli/outside-of-jest')).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@jest/globals' ? { url: instead, shortCircuit: true } : next(specifier, context),
  });
  process.on('unhandledRejection', (error) => console.error(`a test file fails outside of Jest: ${error}`));
  try {
    const { listed } = await import('../testing/projection-scenarios.ts');
    for (const file of found.sort()) await loaded(file);
    return listed;
  } finally {
    hooks.deregister();
  }
};

const loaded = async (file: string): Promise<void> => {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    console.error(
      `${file}: its scenarios are not in the lock, because it loads in Jest only: ${error instanceof Error ? error.message : error}`,
    );
  }
};
