/** A JSON Schema of published data. */
export type OpenSchema = Readonly<Record<string, unknown>>;

/** The schema without `additionalProperties: false`: published events gain fields, and listeners must ignore unknown fields. */
export const openSchema = (schema: OpenSchema): OpenSchema =>
  JSON.parse(JSON.stringify(schema), (_, part) => {
    if (part?.additionalProperties === false) delete part.additionalProperties;
    return part;
  });
