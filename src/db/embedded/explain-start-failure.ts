/**
 * The sentence for a PostgreSQL that does not start, or cannot be initialized, from its output (`lc_messages` is C).
 * The output tells a database administrator the reason, but nobody the fix.
 */
export function explainStartFailure(subject: string, output: string): string {
  const messages = [...output.matchAll(/(?:FATAL|PANIC|ERROR|LOG|error): +(.*)/g)].map(([, text = '']) => text);
  const cause = messages.find((text) => causes.some(([form]) => form.test(text)));
  const fix = causes.find(([form]) => cause !== undefined && form.test(cause))?.[1] ?? defaultFix;
  const fatal = [...output.matchAll(/(?:FATAL|PANIC|error): +(.*)/g)].at(-1)?.[1];
  const reason = cause ?? fatal ?? output.trim().split('\n').at(-1);
  return `${subject}${reason ? ` (${reason})` : ''}: ${fix}`;
}

const restore =
  'the folder is damaged, or was copied while its server ran: put a backup in its place (vouch restore), or set DATA_DIR to ' +
  'another folder to begin with an empty database';
const defaultFix =
  'correct what that names, put a backup in its place (vouch restore), or set DATA_DIR to another folder, or DATABASE_URL';

const causes: readonly [RegExp, string][] = [
  [
    /No space left on device.*shared memory|shared memory.*(No space|Cannot allocate)|could not (map|create) .*shared memory/i,
    'shared memory is too small: give the container more (--shm-size), or set DATABASE_URL',
  ],
  [/No space left on device/, 'the file system is full: free some space'],
  [/Disk quota exceeded/, 'the disk quota is used up: free some space'],
  [
    /Read-only file system/,
    'its file system is mounted read-only: mount it for writing, or set DATA_DIR to another folder',
  ],
  [/Cannot allocate memory|out of memory/i, 'too little memory is free: end other processes, or set DATABASE_URL'],
  [
    /could not (bind|create any) .*Unix|Unix-domain socket/i,
    'its file system takes no sockets: set DATA_DIR to a folder on a local disk',
  ],
  [
    /invalid value for parameter|unrecognized configuration parameter|syntax error in file|configuration file|conflicting configuration|requires a value|outside the valid range|could not access file/,
    'correct postgresql.conf or postgresql.auto.conf in it',
  ],
  [
    /database files are incompatible|not compatible with|different (major )?version/,
    'another build of PostgreSQL made it: set DATA_DIR to another folder, or run that build and set DATABASE_URL',
  ],
  [
    /checkpoint record|redo point|WAL (file|segment|ends|was)|backup_label|control file|pg_control|checksum|CRC|invalid page|could not (open|read|access|stat|find)|could not locate|invalid data|unexpected end/i,
    restore,
  ],
  [
    /Permission denied|invalid permissions|wrong ownership/,
    'give all of it to one OS user by chown -R, and run as that OS user or as root',
  ],
];
