import type { Recorded } from '../../core/basics/messages.ts';

/** `8  2026-01-01T09:00:08.000Z  OrderShipped  {"trackingNumber":"t"}` */
export const eventLine = ({ type, data, metadata: { version, recordedAt } }: Recorded): string =>
  `${String(version).padStart(6)}  ${recordedAt}  ${type}  ${JSON.stringify(data)}`;

/** The same, where events of many streams stand below each other. */
export const eventLineOfStream = ({ type, data, metadata: { eventId, recordedAt } }: Recorded): string =>
  `${recordedAt}  ${eventId}  ${type}  ${JSON.stringify(data)}`;
