import { userInfo } from 'node:os';

/** The name of the OS user of this process; undefined if the user database (passwd, NSS) has none for its id. */
export function osUserName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** The OS user of this process for a log: its name, or its id. */
export function osUserLabel(): string {
  return osUserName() ?? `uid ${process.getuid?.()}`;
}
