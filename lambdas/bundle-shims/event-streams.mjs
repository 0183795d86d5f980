/** Stands for the SDK's coder of event streams: none of the operations that are called here has one. */
const none = () => {
  throw new Error('event streams are not in this bundle: lib/bundle-shims.ts');
};

export { none as EventStreamSerde, none as eventStreamSerdeProvider };

/** What a client has of them in its settings: nothing. */
export const resolveEventStreamSerdeConfig = (config) => config;
