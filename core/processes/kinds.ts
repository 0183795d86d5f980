/** The kinds of processes that send commands without steps, each with the source of the notices that its function hears. */
const sources = {
  reaction: 'reactions',
  reminder: 'reminders',
  schedule: 'schedules',
  inbox: 'inboxes',
  webhook: 'webhooks',
  call: 'calls',
} as const;

export type ProcessKind = keyof typeof sources;

/** The type of the notice that what is parked is sent again. It is no notice of an event: those name a version. */
export const sendAgainNotice = 'SendAgain';

/** The name of a process with its kind, as commits, ids of commands and parked commands have it: `reaction:award-points`. */
export const processName = (kind: ProcessKind, name: string): string => `${kind}:${name}`;

const pattern = new RegExp(`^(${Object.keys(sources).join('|')}):[a-z][a-z0-9]*(-[a-z0-9]+)*$`);

/** Whether a text is the name of a process with its kind. */
export const isProcessName = (text: string): boolean => pattern.test(text);

/** The source of the notices for a process: `reactions` for `reaction:award-points`. */
export const noticeSourceOf = (process: string): string => sources[process.split(':')[0] as ProcessKind];
