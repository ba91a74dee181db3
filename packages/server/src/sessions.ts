import { EncryptJWT, errors, jwtDecrypt } from 'jose';

/** The data of a session: any JSON object of less than 3 kB, such as the `sub` of the person and a refresh token. */
export type SessionData = Readonly<Record<string, unknown>>;

/** The settings of sessions. */
export interface SessionOptions {
  /** At least 32 random characters. The first seals new cookies; the others, of earlier times, still open theirs. */
  readonly secrets: readonly string[];
  /** The lifetime of a session. Default: 30 days. */
  readonly maxAgeSeconds?: number;
  /** False for development without TLS: the cookie then has no `__Host-` prefix, which needs it. Default: true. */
  readonly secure?: boolean;
}

/** Sessions that live in a sealed cookie: the server keeps no state, and a script of the page cannot read it. */
export interface Sessions<Data extends SessionData = SessionData> {
  /** The session of a `Cookie` header; undefined if there is none, or if it is not ours or has ended. */
  read(cookieHeader: string | null | undefined): Promise<Data | undefined>;
  /** The `Set-Cookie` header that begins a session. Throws if the data are too long for a cookie. */
  write(data: Data): Promise<string>;
  /** The `Set-Cookie` header that ends it. */
  clear(): string;
}

const maxCookieLength = 4000;

/** Makes sessions. Throws if a secret is short, since it could be guessed. */
export function createSessions<Data extends SessionData = SessionData>(options: SessionOptions): Sessions<Data> {
  const { secrets, maxAgeSeconds = 30 * 86_400, secure = true } = options;
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 32))
    throw new TypeError('secrets: each has at least 32 characters, and there is at least one');
  const name = secure ? '__Host-session' : 'session';
  // `Lax`, so that the session is there when the provider sends the browser back
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  const keys = Promise.all(secrets.map(keyOf));

  async function open(text: string, key: Uint8Array): Promise<Data | undefined> {
    try {
      const settings = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
      const { payload } = await jwtDecrypt<{ data: Data }>(text, key, { ...settings, requiredClaims: ['exp'] });
      return payload.data;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  return {
    read: async (cookieHeader) => {
      const text = findCookie(cookieHeader ?? '', name);
      if (!text) return undefined;
      for (const key of await keys) {
        const data = await open(text, key);
        if (data) return data;
      }
      return undefined;
    },
    write: async (data) => {
      const [key = new Uint8Array()] = await keys;
      const sealed = await new EncryptJWT({ data })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(Math.floor(Date.now() / 1000) + maxAgeSeconds)
        .encrypt(key);
      if (sealed.length > maxCookieLength) throw new RangeError('session: the data are too long for a cookie');
      return `${name}=${sealed}; Max-Age=${maxAgeSeconds}; ${attributes}`;
    },
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  };
}

/** The secret has entropy enough, so that one hash makes a key of it. */
async function keyOf(secret: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
}

function findCookie(header: string, name: string): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
