import { checkInbox } from '../inboxes/rules.ts';
import type { AnyReaction } from '../reactions/reaction.ts';
import type { AnyReminder } from '../reminders/reminder.ts';
import { type AnySchedule, expressionOf } from '../schedules/schedule.ts';
import { faultOfSignature } from '../webhooks/signatures.ts';
import type { AnyWebhook } from '../webhooks/webhook.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { Domain } from './members.ts';

interface Rules {
  /** @throws Error with the rule, if it does not hold. */
  readonly demand: (holds: boolean, rule: string) => void;
  readonly unique: (what: string, names: readonly string[]) => void;
  /** The sources of the messages that the service sends to itself. */
  readonly reserved: readonly string[];
}

type Deciders = readonly AnyDecider[];

/** The rules of processes without steps. @throws Error, naming the process and the rule that it breaks. */
export const checkProcesses = (domain: Domain, { demand, unique, reserved }: Rules): void => {
  const { deciders, reactions = [], reminders = [], schedules = [], webhooks = [], inboxes = [] } = domain;
  for (const [kind, members] of Object.entries({
    reaction: reactions,
    reminder: reminders,
    schedule: schedules,
    webhook: webhooks,
    inbox: inboxes,
  }))
    unique(
      kind,
      members.map(({ name }) => name),
    );
  for (const reaction of reactions) checkReaction(deciders, reaction, demand);
  for (const reminder of reminders) checkReminder(deciders, reminder, demand);
  for (const schedule of schedules) checkSchedule(deciders, schedule, demand);
  for (const inbox of inboxes) checkInbox(deciders, inbox, { demand, reserved });
  for (const webhook of webhooks) checkWebhook(deciders, webhook, demand);
};

const checkReaction = (deciders: Deciders, { name, of, to, on }: AnyReaction, demand: Rules['demand']): void => {
  demand(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `'${name}': a reaction's name is kebab-case`);
  demand(deciders.includes(of), `${name}: it reacts to events of '${of.name}', which is no aggregate here`);
  for (const decider of to)
    demand(deciders.includes(decider), `${name}: it sends commands to '${decider.name}', which is no aggregate here`);
  for (const type of Object.keys(on)) demand(Object.hasOwn(of.events, type), `${name}: '${of.name}' does not record '${type}'`);
  demand(Object.keys(on).length > 0, `${name}: it has a row for no event`);
};

const checkSchedule = (deciders: Deciders, { name, to, every }: AnySchedule, demand: Rules['demand']): void => {
  demand(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 64,
    `'${name}': a schedule's name is kebab-case, of 64 characters at most`,
  );
  for (const decider of to)
    demand(deciders.includes(decider), `${name}: it sends commands to '${decider.name}', which is no aggregate here`);
  const { length } = expressionOf(every).expression;
  demand(length <= 256, `${name}: its expression has ${length} characters for the EventBridge Scheduler, which takes 256`);
};

const checkReminder = (deciders: Deciders, { name, of, to, due }: AnyReminder, demand: Rules['demand']): void => {
  demand(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `'${name}': a reminder's name is kebab-case`);
  demand(deciders.includes(of), `${name}: events of '${of.name}' set its time, which is no aggregate here`);
  for (const decider of to)
    demand(deciders.includes(decider), `${name}: it sends commands to '${decider.name}', which is no aggregate here`);
  for (const type of Object.keys(due)) demand(Object.hasOwn(of.events, type), `${name}: '${of.name}' does not record '${type}'`);
  demand(Object.keys(due).length > 0, `${name}: it has a row for no event`);
};

const checkWebhook = (deciders: Deciders, { name, to, events, verifies }: AnyWebhook, demand: Rules['demand']): void => {
  demand(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `'${name}': a webhook's name is kebab-case`);
  for (const decider of to)
    demand(deciders.includes(decider), `${name}: it sends commands to '${decider.name}', which is no aggregate here`);
  const fault = faultOfSignature(verifies);
  demand(fault === undefined, `${name}: ${fault}`);
  demand(Object.keys(events).length > 0, `${name}: it has a row for no event`);
};
