import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The library by which a process sees another time (Debian's package `faketime`); undefined where it is not installed. */
export const faketimeLibrary = libraries()[0];

function libraries(): string[] {
  const found = (folder: string) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  const folders = found('/usr/lib').map((name) => join('/usr/lib', name, 'faketime'));
  return folders.flatMap((folder) =>
    found(folder)
      .filter((name) => name === 'libfaketimeMT.so.1')
      .map((name) => join(folder, name)),
  );
}

/** A clock that whoever is started with its variables goes by, and that can jump while they run. The monotonic one stays. */
export class FakeClock {
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'clock');
    this.env = {
      LD_PRELOAD: faketimeLibrary!,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
    this.set(0);
  }

  /** How far it is ahead of the right time from now on; negative where it is behind. */
  set(hours: number): void {
    writeFileSync(this.#file, `${hours < 0 ? '-' : '+'}${Math.abs(hours)}h\n`);
  }
}
