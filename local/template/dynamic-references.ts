/** `{{resolve:secretsmanager:ARN:SecretString:::}}`: the whole text of a secret, in its newest version. */
const ofSecret = /^secretsmanager:(.+):SecretString:::$/;
const reference = /\{\{resolve:(.*?)\}\}/g;

/**
 * The value with every dynamic reference in its texts replaced by what it stands for, as CloudFormation does. `secretOf` answers the text
 * of a secret. @throws Error, naming a reference of another kind, or to a secret that the stack does not have.
 */
export const resolveReferences = (value: unknown, secretOf: (arn: string) => string | undefined): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, secretOf));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveReferences(item, secretOf)]));
  if (typeof value !== 'string') return value;
  return value.replaceAll(reference, (whole, inner: string) => {
    const arn = ofSecret.exec(inner)?.[1];
    if (arn === undefined) throw new Error(`the local system does not know the dynamic reference ${whole}`);
    const text = secretOf(arn);
    if (text === undefined) throw new Error(`refers to the secret '${arn}', which this stack does not have`);
    return text;
  });
};
