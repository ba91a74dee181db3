/** An argument that cannot be parsed, or that looks like a mistake. */
export class UsageError extends Error {}
