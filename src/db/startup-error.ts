/**
 * The database cannot be used: `message` has the reason and the fix in one sentence, and is all that a person needs.
 */
export class CannotStart extends Error {
  override name = 'CannotStart';
}

/** A living process owns the data folder; nothing in it was touched. */
export class DataFolderInUse extends CannotStart {
  override name = 'DataFolderInUse';

  constructor(folder: string, owner: string) {
    super(`${folder} is in use by ${owner}: stop it first, or set DATA_DIR to another folder`);
  }
}
