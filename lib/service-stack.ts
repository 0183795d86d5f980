import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Domain } from '../core/registry/domain.ts';
import { Anchor } from './anchor.ts';
import { Audit } from './audit.ts';
import { Calls } from './calls.ts';
import { CommandApi } from './command-api.ts';
import { Dashboard } from './dashboard.ts';
import { EventStore } from './event-store.ts';
import { Heartbeats } from './heartbeats.ts';
import { Inboxes } from './inboxes.ts';
import { Operators } from './operators.ts';
import { letUsersComeFirst } from './own-key.ts';
import { ParkedCommands } from './parked-commands.ts';
import { Pointers } from './pointers.ts';
import { keepPoliciesInRoles } from './policies-in-roles.ts';
import { Projector } from './projector.ts';
import { QueryApi } from './query-api.ts';
import { Reactions } from './reactions.ts';
import { ReadModels } from './read-models.ts';
import { Rebuild } from './rebuild.ts';
import { Relay } from './relay.ts';
import { Sagas } from './sagas.ts';
import { keepAlarmsApart } from './service-alarm.ts';
import { ServiceApi } from './service-api.ts';
import { Steward } from './steward.ts';

export interface ServiceStackProps extends StackProps {
  readonly domain: Domain;
}

/** With more sagas, what holds no data leaves the stack, or joins another resource: a stack has 500 resources (docs/decisions/0021). */
const mostSagasInOneStack = 20;

/**
 * The architecture diagram in code. The stack derives its resources from the domain, so a new member of the domain changes no line here.
 * The parts are public, so that a team can add to them. The ids are contracts, because CloudFormation replaces a resource whose id changes.
 */
export class ServiceStack extends Stack {
  readonly api: ServiceApi;
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  readonly pointers: Pointers;
  readonly commands: CommandApi;
  readonly queries: QueryApi;
  readonly projector: Projector;
  readonly relay: Relay;
  /** Absent in a domain without sagas. */
  readonly sagas: Sagas | undefined;
  readonly calls: Calls;
  /** Absent in a domain without reactions. */
  readonly reactions: Reactions | undefined;
  /** Absent in a domain without inboxes. */
  readonly inboxes: Inboxes | undefined;
  readonly rebuild: Rebuild;
  readonly steward: Steward;
  readonly audit: Audit;
  readonly anchor: Anchor;
  readonly dashboard: Dashboard;
  readonly operators: Operators;

  constructor(scope: Construct, id: string, { domain, ...props }: ServiceStackProps) {
    // Without indentation, which takes a sixth of the 1 MB that a template may have.
    super(scope, id, { suppressTemplateIndentation: true, ...props });
    const isLarge = (domain.sagas ?? []).length > mostSagasInOneStack;
    if (isLarge) keepAlarmsApart(this);

    const eventStore = new EventStore(this, 'EventStore');
    const readModels = new ReadModels(this, 'ReadModels', { of: domain.projections });
    const pointers = new Pointers(this, 'Pointers');
    const api = new ServiceApi(this, 'Api');

    const commands = new CommandApi(this, 'Commands', { api, appendsTo: eventStore });
    const projector = new Projector(this, 'Projector', { listensTo: eventStore, writesTo: readModels, obeys: pointers });
    const relay = new Relay(this, 'Relay', { listensTo: eventStore });
    const queries = new QueryApi(this, 'Queries', { api, readsFrom: [readModels, eventStore, pointers, relay] });

    const { sagas = [], calls = [], reactions = [], inboxes = [] } = domain;
    const running =
      sagas.length === 0 ? undefined : new Sagas(this, 'Sagas', { of: sagas, listensTo: relay.bus, appendsTo: eventStore, api });

    const parked = reactions.length + inboxes.length === 0 ? undefined : new ParkedCommands(this, 'Parked');
    const reacting =
      parked === undefined || reactions.length === 0
        ? undefined
        : new Reactions(this, 'Reactions', { of: reactions, listensTo: relay.bus, appendsTo: eventStore, parksIn: parked });

    const receiving =
      parked === undefined || inboxes.length === 0
        ? undefined
        : new Inboxes(this, 'Inboxes', { of: inboxes, hearsOperatorsOn: relay.bus, appendsTo: eventStore, parksIn: parked });

    const stepping = running === undefined ? [] : [running.node.findChild('Step')];
    if (isLarge)
      keepPoliciesInRoles(this, { except: [commands, ...stepping, ...[reacting, receiving].filter((one) => one !== undefined)] });
    const callers = new Calls(this, 'Calls', { of: calls, listensTo: relay.bus, readsFrom: eventStore });

    const rebuild = new Rebuild(this, 'Rebuild', { readsFrom: eventStore, writesTo: readModels, flips: pointers });
    const steward = new Steward(this, 'Steward', { looksAfter: pointers, of: readModels, starts: rebuild, continues: running });
    // A rebuild starts only after the functions know the revision and the projector feeds it. Otherwise it would miss commits that are
    // appended while it fills.
    rebuild.node.addDependency(projector);
    steward.node.addDependency(rebuild);
    const audit = new Audit(this, 'Audit', { compares: eventStore, with: [readModels, relay], knows: pointers });
    const anchor = new Anchor(this, 'Anchor', { of: eventStore });

    new Heartbeats(this, 'Heartbeats', { api, steward: steward.handler, audit: audit.machine, anchor: anchor.machine });
    const operators = new Operators(this, 'Operators', {
      ...{ inspect: eventStore, repair: [readModels, relay], flip: pointers, replay: projector.discarded, compareWith: anchor },
      ...{ operate: [running, parked], recordActsBy: commands },
    });

    const dashboard = new Dashboard(this, 'Dashboard', { of: api, sagas: running?.outcomes ?? [] });

    if (!isLarge) letUsersComeFirst(this, { late: [rebuild, steward] });

    new CfnOutput(this, 'ApiUrl', { value: api.publicUrl });
    // For the tools of the command line.
    const { tableNames } = eventStore;
    const names = {
      ...tableNames,
      ReadModelTables: readModels.tableNames,
      PointersTable: pointers.tableName,
      DiscardedBatches: projector.discarded.bucketName,
      ...relay.outputs,
      Anchors: anchor.bucketName,
      OperatorFunction: commands.operatorFunction,
      OperatorRole: operators.roleArn,
      ...running?.outputs,
      ...parked?.outputs,
      ...receiving?.outputs,
    };
    for (const [name, value] of Object.entries(names)) new CfnOutput(this, name, { value });

    this.api = api;
    this.eventStore = eventStore;
    this.readModels = readModels;
    this.pointers = pointers;
    this.commands = commands;
    this.queries = queries;
    this.projector = projector;
    this.relay = relay;
    this.sagas = running;
    this.calls = callers;
    this.reactions = reacting;
    this.inboxes = receiving;
    this.rebuild = rebuild;
    this.steward = steward;
    this.audit = audit;
    this.anchor = anchor;
    this.dashboard = dashboard;
    this.operators = operators;
  }
}
