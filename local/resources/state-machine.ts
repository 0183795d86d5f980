import { join } from 'node:path';
import type { Definition } from '../machines/definition.ts';
import { loadInterpreter } from '../machines/interpreter.ts';
import { invokeTask } from '../machines/invoke-task.ts';
import { createMachine } from '../machines/machine.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { found, type Host, label } from './host.ts';

interface Properties {
  readonly DefinitionString?: string;
  readonly StateMachineName?: string;
  readonly StateMachineType?: string;
}

export const stateMachine: Handler<Host> = async (resource, host) => {
  const { DefinitionString, StateMachineName, StateMachineType } = propertiesOf<Properties>(resource, {
    uses: ['DefinitionString', 'StateMachineName', 'StateMachineType'],
    ignores: ['EncryptionConfiguration', 'LoggingConfiguration', 'RoleArn', 'Tags', 'TracingConfiguration'],
  });
  demand(DefinitionString !== undefined, resource, 'the local system takes its definition from the template');
  demand((StateMachineType ?? 'STANDARD') === 'STANDARD', resource, `the local system runs STANDARD machines, not ${StateMachineType}`);
  const name = StateMachineName ?? `${host.namePrefix}-${resource.logicalId}`;
  const arn = `arn:aws:states:${host.region}:${host.account}:stateMachine:${name}`;
  const machine = createMachine({
    arn,
    name,
    definition: JSON.parse(DefinitionString ?? '') as Definition,
    folder: join(host.stateFolder, 'executions', resource.logicalId),
    interpreter: await loadInterpreter(),
    invoke: invokeTask((functionArn) => found(host.functions, functionArn.split(':function:').at(-1)?.split(':')[0] ?? '', 'function')),
    timeScale: host.timeScale,
    onState: (execution, state) => host.tell({ type: 'step', machine: label(resource.logicalId), execution, state }),
    onFailure: (execution, { status, error = '', cause = '' }) =>
      host.say(label(resource.logicalId), `${execution} ${status} ${error} ${cause}`.trimEnd()),
  });
  host.machines.set(arn, machine);
  return { ref: arn, attributes: { Arn: arn, Name: name }, start: machine.resume, stop: machine.suspend };
};
