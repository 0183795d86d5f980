import { AccountRootPrincipal, ArnPrincipal, CompositePrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Anchor } from './anchor.ts';
import type { Calls } from './calls.ts';
import type { CommandApi } from './command-api.ts';
import type { DiscardedBatches } from './discarded-batches.ts';
import type { EventStore } from './event-store.ts';
import { letUseOwnKey } from './own-key.ts';
import type { ParkedCommands } from './parked-commands.ts';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import type { Relay } from './relay.ts';
import type { Reminders } from './reminders.ts';
import type { Sagas } from './sagas.ts';
import { stageOf } from './stage.ts';

export interface OperatorsProps {
  readonly inspect: EventStore;
  readonly repair: readonly (ReadModels | Relay)[];
  readonly flip: Pointers;
  /** What the projector has given up. */
  readonly replay: DiscardedBatches;
  readonly compareWith: Anchor;
  /** The processes of the domain, as far as it has them. */
  readonly operate: readonly (Sagas | ParkedCommands | Calls | Reminders | undefined)[];
  readonly recordActsBy: CommandApi;
}

/**
 * The role of people who look after the service. It has what the verbs of `es` need, and no more: it cannot append to the log, and each of
 * its acts is recorded there by the command function.
 */
export class Operators extends Construct {
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: OperatorsProps) {
    super(scope, id);
    const { operators } = stageOf(this);
    const named = operators.map((arn) => new ArnPrincipal(arn));
    // Without names: the principals of this account whose own policies let them assume it.
    const assumedBy = named.length === 0 ? new AccountRootPrincipal() : new CompositePrincipal(...named);
    this.role = new Role(this, 'Role', { assumedBy, description: 'Operators: what the command line es needs' });
    letUseOwnKey(this.role, this);
    props.inspect.grantInspect(this.role);
    for (const one of props.repair) one.grantRepair(this.role);
    props.flip.grantFlip(this.role);
    props.replay.grantRead(this.role);
    props.compareWith.grantRead(this.role);
    for (const one of props.operate) one?.grantOperate(this.role);
    props.recordActsBy.grantRecordActs(this.role);
  }

  /** The role to assume. */
  get roleArn(): string {
    return this.role.roleArn;
  }
}
