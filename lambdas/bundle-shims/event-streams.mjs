/** Replaces the SDK's coder of event streams. No operation that the functions call has an event stream. */
const none = () => {
  throw new Error('event streams are not in this bundle: lib/bundle-shims.ts');
};

export { none as EventStreamSerde, none as eventStreamSerdeProvider };

/** A client's settings get no coder. */
export const resolveEventStreamSerdeConfig = (config) => config;
