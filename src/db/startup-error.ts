/**
 * The database cannot be used: `message` has the reason and the fix in one sentence, and is all that a person needs.
 */
export class StartupError extends Error {
  override name = 'StartupError';
}

/** A living process owns the data folder; nothing in it was touched. */
export class DataDirLockedError extends StartupError {
  override name = 'DataDirLockedError';

  constructor(folder: string, owner: string) {
    super(`${folder} is in use by ${owner}: stop it first, or set DATA_DIR to another folder`);
  }
}
