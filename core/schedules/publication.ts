import { noticeSourceOf, sendAgainNotice } from '../processes/kinds.ts';

/** The source of the notices for the service's own schedules. */
export const schedulePublicationName = /* @__PURE__ */ noticeSourceOf('schedule:');

/** The notices that they listen to: no event of the log causes their commands. */
export const scheduleNotices: readonly string[] = [sendAgainNotice];
