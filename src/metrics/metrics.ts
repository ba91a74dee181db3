/** The result of an attempt to send a message; `dropped`: it was not sent, on purpose. */
export type Result = 'accepted' | 'rejected' | 'refused' | 'throttled' | 'unavailable' | 'unknown' | 'dropped';

/** The labels of a message: none identifies a person. */
export interface MessageLabels {
  /** ISO 3166-1 alpha-2; anything else counts as `other`. */
  readonly country: string;
  readonly channel: string;
  readonly provider: string;
}

/** An answered request, by its route as mounted; undefined without a route. */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Records events; takes microseconds and never throws. */
export interface Metrics {
  /** An attempt to send a message ended. */
  delivered(message: MessageLabels, result: Result): void;
  /** A provider accepted a message at this price, in millionths of a currency. */
  spent(message: MessageLabels, price: bigint, currency: string): void;
  /** A provider reported something new about a message, `seconds` after the attempt. */
  receipt(provider: string, state: 'delivered' | 'failed', seconds: number | null): void;
  /** A sign-in was completed with a message, `seconds` after the attempt. */
  completed(message: MessageLabels, seconds: number | null): void;
  /** A code of a test number was requested. */
  testNumberRequested(result: 'taken' | 'refused'): void;
  /**
   * A number was refused; `country` is its ISO code or, without one, its calling code, if the country is the reason.
   */
  numberRefused(code: string, country: string | undefined): void;
  /** A message was refused because the maximum of the day is reached; `scope` is its unit and country. */
  dailyMaxReached(scope: string): void;
  /** A sign-in of a new or an existing account was completed. */
  signedIn(account: 'new' | 'existing', isTestNumber: boolean): void;
  /** Profiles were read at a server. */
  profilesRead(server: 'primary' | 'standby', count: number): void;
  /** A request was answered. */
  answered(request: AnsweredRequest): void;
  /** A request was refused under overload. */
  refused(): void;
}

/** The labels of a daily maximum, from its scope: `messages:RU` is the unit `messages` and the country `RU`. */
export function dailyLabels(scope: string): { unit: string; country: string } {
  const [unit = '', country = ''] = scope.split(':');
  return { unit, country };
}

/** Counts nothing. */
export const noopMetrics: Metrics = {
  delivered: () => {},
  spent: () => {},
  receipt: () => {},
  completed: () => {},
  testNumberRequested: () => {},
  numberRefused: () => {},
  dailyMaxReached: () => {},
  signedIn: () => {},
  profilesRead: () => {},
  answered: () => {},
  refused: () => {},
};
