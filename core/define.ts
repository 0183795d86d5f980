// The package `foldstream`: everything that a domain is written with. A domain imports no other part of the framework.
export { ensure, InvalidEvent, Refusal } from './basics/errors.ts';
export type { Catalogue, Message, MessageOf, Metadata, Recorded } from './basics/messages.ts';
export { parseMessage, rowOf } from './basics/messages.ts';
export { type Address, ofTenant } from './basics/stream.ts';
export { type AnyCalls, type Call, type Calls, defineCalls } from './calls/calls.ts';
export {
  type AnySimulator,
  defineSimulator,
  type LaterCommand,
  type Said,
  type Simulator,
  type SimulatorRequest,
  type Taken,
} from './calls/simulator.ts';
export { type AnyMapping, defineMapping, type History, history, type Mapping } from './import/mapping.ts';
export { cloudEvents, eventBridge, type Format, type InboxEvent, type Plain, plain } from './inboxes/format.ts';
export { type AnyInbox, defineInbox, eventBus, type Inbox, queue, type Source } from './inboxes/inbox.ts';
export { type FormerPart, type FormerRow, withFormer } from './log/former.ts';
export { versioned, versionedCommand } from './log/upcasting.ts';
export { type CommandTo, commandTo } from './processes/command-to.ts';
export {
  type AnyPublication,
  definePublication,
  type IntegrationEvent,
  type IntegrationEventOf,
  type Publication,
} from './publish/publication.ts';
export { type AnyReaction, defineReaction, type Reaction } from './reactions/reaction.ts';
export { type AnyProjection, defineProjection, type Index, type Projection } from './read/projection.ts';
export { type Domain, defineDomain } from './registry/domain.ts';
export { type AnyReminder, defineReminder, type Reminder, type ReminderDue, type Time } from './reminders/reminder.ts';
export { type Abort, type AnySaga, abort, defineSaga, type Saga, type Sent, type Step } from './sagas/saga.ts';
export {
  type AnySchedule,
  type Cron,
  cron,
  defineSchedule,
  type Rate,
  type Recurrence,
  rate,
  type Schedule,
  type ScheduledTime,
} from './schedules/schedule.ts';
export {
  type Ed25519Signature,
  ed25519,
  github,
  type HmacSignature,
  hmac,
  type IsSigned,
  type Signature,
  type SignedHeaders,
  type SignedTimestamp,
  shopify,
  signedBy,
  stripe,
  type UnverifiedDelivery,
} from './webhooks/signatures.ts';
export { type AnyWebhook, type Delivery, defineWebhook, type Webhook } from './webhooks/webhook.ts';
export type { Circumstances, EventCircumstances } from './write/circumstances.ts';
export {
  type Answered,
  type AnyDecider,
  type CommandOf,
  type Decider,
  decide,
  defineDecider,
  type EventOf,
  fold,
  type StateOf,
} from './write/decider.ts';
export type { Read, Readable, Reading } from './write/reads.ts';
