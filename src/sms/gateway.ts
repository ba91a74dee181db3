/** A short message on its way to a person. */
export interface Message {
  /** E.164. */
  readonly to: string;
  readonly text: string;
  /** The code within the text, for the development inbox alone. */
  readonly code: string;
}

/**
 * The seam to whoever carries messages. `send` resolves when the carrier has accepted the message and throws where it
 * has not; it is called after the statement that decided has committed, and nobody who waits for an answer waits for it.
 */
export interface Gateway {
  send(message: Message, signal: AbortSignal): Promise<void>;
}
