/** Stands for the SDK's cache of endpoints that it has discovered: no operation of DynamoDB discovers one. */
export function EndpointCache() {}
