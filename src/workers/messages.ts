import type { Config } from '../config/config.ts';
import type { InboxMessage } from '../sms/inbox.ts';

/** What the supervisor tells a worker. */
export type Order =
  /** With the address of the database and its share of the connections, and what the development inbox holds. */
  | { readonly kind: 'serve'; readonly config: Config; readonly messages: readonly InboxMessage[] }
  | { readonly kind: 'sms'; readonly message: InboxMessage }
  /** Others serve already. */
  | { readonly kind: 'leave' }
  /** Nobody serves after this. */
  | { readonly kind: 'stop' };

/** What a worker tells the supervisor. */
export type Report =
  /** It hears orders from now on. */
  | { readonly kind: 'here' }
  | { readonly kind: 'ready'; readonly publicUrl: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'sms'; readonly message: InboxMessage };
