/** An object of a file; each value may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

/** A value as an object with fields; an empty one if it is none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A member as a text; undefined if it is missing, null, empty, or no text and no number. */
export function textOf(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  }
  return undefined;
}

/** A member that is true, or says so in a table. */
export function isTrue(fields: Fields, name: string): boolean {
  const value = fields[name];
  return value === true || value === 1 || (typeof value === 'string' && /^(?:true|t|1|yes)$/i.test(value));
}

/** A member as a time: a text, or milliseconds since 1970 as a number or in digits. */
export function timeOf(fields: Fields, ...names: readonly string[]): string | number | undefined {
  const text = textOf(fields, ...names);
  return text !== undefined && /^\d{10,}$/.test(text) ? Number(text) : text;
}

/** A member that is an array of objects, or a JSON text of one. */
export function listOf(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
