/** Replaces the SDK's discovery of endpoints. The client of DynamoDB configures it, and no operation of DynamoDB uses it. */
export const resolveEndpointDiscoveryConfig = (config) => config;

/** Whether it is enabled: that is not looked up. */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = { environmentVariableSelector: () => undefined, configFileSelector: () => undefined };
