/** What was typed is not understood, or not what it seems. */
export class UsageError extends Error {}
