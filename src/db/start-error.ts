/** The database cannot be had: `message` says in one sentence why and what mends it, and is all that a person needs. */
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
