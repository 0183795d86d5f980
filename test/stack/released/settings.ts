/**
 * The settings that a release is compared under, by name: a stage for trying out, production, and production with every setting that
 * adds a stateful resource or changes a key. The domain is test/domain: its members have the names that the marketplace had in release
 * 0.1.0, and a table or a machine has the name of its member.
 */
export const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  dev: { stage: 'dev', auth: 'none' },
  prod: { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' },
  everything: {
    stage: 'prod',
    issuer: 'https://issuer.example',
    audience: 'foldstream',
    tenantClaim: 'tenant',
    ownKey: true,
    alarmEmail: 'ops@example.com',
    endpoints: 'payment-provider=https://pay.example/v1',
  },
};
