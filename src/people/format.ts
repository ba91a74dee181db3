/** A time for an operator: UTC, to the second. */
export function formatTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** Millionths as a decimal, without trailing zeros. */
export function formatMicros(micro: string | bigint): string {
  const text = BigInt(micro).toString().padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`.replace(/\.?0+$/, '');
}

/** The name of a channel. */
export function channelName(channel: string): string {
  const channels: Readonly<Record<string, string>> = { sms: 'SMS', telegram: 'Telegram', whatsapp: 'WhatsApp' };
  return channels[channel] ?? channel;
}
