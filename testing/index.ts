// The package `foldstream/testing`: what the tests of a domain are written with.

export { sagaDiagram, sagaPage } from '../cli/saga-diagram.ts';
export { readEntry } from '../core/import/mapping.ts';
export { nothing } from '../core/read/projection.ts';
export { heardIn, misfits } from '../core/schema-lock/received/heard.ts';
export { answered } from '../core/testing/answered.ts';
export type { Client, Given, Sender } from '../core/testing/circumstances.ts';
export { type CommitsOf, commitsOf, type EventToCommit, recordedAt } from '../core/testing/commits.ts';
export type { ClientSending } from '../core/testing/domain-paths/nexts.ts';
export type { ParkedInWalk } from '../core/testing/domain-paths/situation.ts';
export type { DomainPaths, DomainSituation, WalkedDomain } from '../core/testing/domain-paths/walk-domain.ts';
export { everyPath, type Process, type Sending } from '../core/testing/every-path.ts';
export { foldAll } from '../core/testing/fold-document.ts';
export { freeze } from '../core/testing/freeze.ts';
export type { Walked } from '../core/testing/path-search.ts';
export { sagaPaths } from '../core/testing/saga-paths.ts';
export { stateOf, type World } from '../core/testing/saga-world.ts';
export { notAllowed, type Refused, refused, type Scenario, scenarios } from '../core/testing/scenarios.ts';
export { everyPathOfDomain } from './domain-paths.ts';
export { type InboxScenario, inboxScenarios } from './inbox-scenarios.ts';
export { type GivenEvent, type ProjectionScenario, projectionScenarios } from './projection-scenarios.ts';
export { type ReactionScenario, reactionScenarios } from './reaction-scenarios.ts';
export { type ReminderScenario, reminderScenarios } from './reminder-scenarios.ts';
export { type Answer, type RunningSystem, type RunSystemOptions, runSystem } from './run-system.ts';
export { type ScheduleScenario, scheduleScenarios } from './schedule-scenarios.ts';
export { type WebhookScenario, webhookScenarios } from './webhook-scenarios.ts';
