import { errorCode } from '../kit/caught.ts';
import { recordOf } from '../kit/record.ts';
import { StartupError } from './startup-error.ts';

/**
 * Turns an error of the file system into a sentence with the fix; returns other errors unchanged. `folder` is
 * `DATA_DIR`.
 */
export function storageError(error: unknown, folder: string): unknown {
  const code = errorCode(error);
  const { path } = recordOf(error);
  const fix = error instanceof StartupError ? undefined : fixes[code];
  if (!fix) return error;
  return new StartupError(`${path ?? folder} cannot be used: ${fix} (${code}), or set DATA_DIR to another folder`);
}

const foreign = 'this OS user may not use it: run as its owner, or give it to this OS user by chown -R';

const fixes: Readonly<Record<string, string>> = {
  EACCES: foreign,
  EPERM: foreign,
  EROFS: 'its file system is mounted read-only: mount it for writing',
  ENOSPC: 'its file system is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  ENOTDIR: 'a file stands where a folder has to be: move it away',
  EISDIR: 'a folder stands where a file has to be: move it away',
  EEXIST: 'something else stands there: move it away',
  ENOENT: 'a folder on the way is missing, or a link leads nowhere: make the folder, or mount its disk',
  ELOOP: 'its symbolic links lead in a circle: correct them',
  ENAMETOOLONG: 'the path is too long: shorten it',
  EIO: 'the disk reports errors: look at the log of the kernel',
  ESTALE: 'its mount lost the file server: mount it again',
  ENOTCONN: 'its mount lost the file server: mount it again',
  EHOSTDOWN: 'its mount lost the file server: mount it again',
  EBUSY: 'it is a mount point: mount the disk at DATA_DIR itself',
  EXDEV: 'it is a mount point: mount the disk at DATA_DIR itself',
  ENOTSUP: 'its file system lacks what PostgreSQL needs: use a local disk',
};
