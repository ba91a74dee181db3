/** The lists that can be exported. */
export const exportLists = ['users', 'messages', 'audit'] as const;
/** The name of a list. */
export type ExportList = (typeof exportLists)[number];
