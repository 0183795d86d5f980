import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { hasAnswers } from '../core/calls/publication.ts';
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
import { Reminders } from './reminders.ts';
import { Sagas } from './sagas.ts';
import { Schedules } from './schedules.ts';
import { keepAlarmsApart } from './service-alarm.ts';
import { ServiceApi } from './service-api.ts';
import { Steward } from './steward.ts';
import { Webhooks } from './webhooks.ts';

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
  /** Absent in a domain without schedules. */
  readonly schedules: Schedules | undefined;
  /** Absent in a domain without reminders. */
  readonly reminders: Reminders | undefined;
  /** Absent in a domain without webhooks. */
  readonly webhooks: Webhooks | undefined;
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

    const eventStore = new EventStore(this, 'EventStore', { of: domain.deciders });
    const readModels = new ReadModels(this, 'ReadModels', { of: domain.projections });
    const pointers = new Pointers(this, 'Pointers');
    const api = new ServiceApi(this, 'Api');

    const commands = new CommandApi(this, 'Commands', { api, appendsTo: eventStore });
    const projector = new Projector(this, 'Projector', { listensTo: eventStore, writesTo: readModels, obeys: pointers });
    const relay = new Relay(this, 'Relay', { listensTo: eventStore });
    const queries = new QueryApi(this, 'Queries', { api, readsFrom: [readModels, eventStore, pointers, relay] });

    const { sagas = [], calls = [], reactions = [], reminders = [], schedules = [], webhooks = [], inboxes = [] } = domain;
    const running =
      sagas.length === 0 ? undefined : new Sagas(this, 'Sagas', { of: sagas, listensTo: relay.bus, appendsTo: eventStore, api });

    const parks = reactions.length + reminders.length + schedules.length + webhooks.length + inboxes.length > 0 || calls.some(hasAnswers);
    const parked = parks ? new ParkedCommands(this, 'Parked') : undefined;
    const reacting =
      parked === undefined || reactions.length === 0
        ? undefined
        : new Reactions(this, 'Reactions', { of: reactions, listensTo: relay.bus, appendsTo: eventStore, parksIn: parked });
    const reminding =
      parked === undefined || reminders.length === 0
        ? undefined
        : new Reminders(this, 'Reminders', { of: reminders, listensTo: relay.bus, appendsTo: eventStore, parksIn: parked });
    const recurring =
      parked === undefined || schedules.length === 0
        ? undefined
        : new Schedules(this, 'Schedules', { of: schedules, listensTo: relay.bus, appendsTo: eventStore, parksIn: parked });

    const callers = new Calls(this, 'Calls', { of: calls, listensTo: relay.bus, readsFrom: eventStore, parksIn: parked });

    const told =
      webhooks.length === 0 || parked === undefined
        ? undefined
        : new Webhooks(this, 'Webhooks', { of: webhooks, api, listensTo: relay.bus, appendsTo: eventStore, parksIn: parked });

    const receiving =
      parked === undefined || inboxes.length === 0
        ? undefined
        : new Inboxes(this, 'Inboxes', { of: inboxes, hearsOperatorsOn: relay.bus, appendsTo: eventStore, parksIn: parked });

    const stepping = running === undefined ? [] : [running.node.findChild('Step')];
    const receivers = [reacting, reminding, recurring, told, receiving, calls.some(hasAnswers) ? callers : undefined];
    const senders = receivers.filter((one) => one !== undefined);
    if (isLarge) keepPoliciesInRoles(this, { except: [commands, ...stepping, ...senders] });
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
      ...{ operate: [running, parked, reminding, callers], recordActsBy: commands },
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
      ...callers.outputs,
      ...reminding?.outputs,
      ...told?.outputs,
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
    this.reminders = reminding;
    this.schedules = recurring;
    this.webhooks = told;
    this.inboxes = receiving;
    this.rebuild = rebuild;
    this.steward = steward;
    this.audit = audit;
    this.anchor = anchor;
    this.dashboard = dashboard;
    this.operators = operators;
  }
}
