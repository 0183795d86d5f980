import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Construct } from 'constructs';
import type { Domain } from '../core/registry/domain.ts';
import { machineName, sagasKey } from '../core/sagas/saga.ts';
import { domainRegistry } from './domain-folder.ts';
import { stageOf } from './stage.ts';

/**
 * Demands a machine for each saga in the schema lock, in a stage that keeps data. Step Functions ends the executions of a deleted machine,
 * and neither undoes them nor raises an alarm.
 * @throws Error, naming the saga and the remedy.
 */
export const demandMachines = (scope: Construct, { sagas = [] }: Domain): void => {
  if (!stageOf(scope).keepsData) return;
  const file = join(dirname(domainRegistry(scope)), 'schemas.lock.json');
  const { [sagasKey]: locked = {} } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const machines = sagas.map(machineName);
  for (const name of Object.keys(locked))
    if (!machines.includes(name))
      throw new Error(
        `the saga '${name}' has no machine in this deployment, so AWS would end its runs half way. If it was renamed, give it \`formerly: '${name}'\`. ` +
          `Otherwise keep it until \`npm run es -- sagas --revision\` counts no run of it, and then run: npm run schemas:accept -- --incompatible`,
      );
};
