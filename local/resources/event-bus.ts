import type { Handler } from '../template/deploy.ts';
import { propertiesOf } from '../template/template.ts';
import type { Host } from './host.ts';

export const eventBus: Handler<Host> = async (resource, { region, account, buses }) => {
  const { Name } = propertiesOf<{ readonly Name: string }>(resource, {
    uses: ['Name'],
    ignores: ['Description', 'KmsKeyIdentifier', 'DeadLetterConfig', 'LogConfig', 'Policy', 'Tags'],
  });
  const arn = `arn:aws:events:${region}:${account}:event-bus/${Name}`;
  const rules = buses.get(Name) ?? [];
  buses.set(Name, rules).set(arn, rules);
  return { ref: Name, attributes: { Arn: arn, Name } };
};
