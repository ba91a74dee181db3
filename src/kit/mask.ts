import { isIPv4 } from 'node:net';

/**
 * A text without phone numbers and e-mail addresses, for a log: messages of databases and providers may quote them. Seven
 * digits or more count as a number, however they are spaced; its last two stay. Dates, IP addresses and UUIDs stay.
 */
export function maskPersonalData(text: string): string {
  return text
    .replace(/[^\s"'<>()=,;:]+@[^\s"'<>()=,;:]+\.[^\s"'<>()=,;:]+/gu, '•••@•••')
    .replace(/(?<![\p{L}\p{Nd}.-])\+?\p{Nd}(?:[\s().-]{0,2}\p{Nd}){6,18}(?![\p{L}\p{Nd}-])/gu, (number) =>
      isIPv4(number) || /^\d{4}-\d\d-\d\d/.test(number) ? number : `•••• ${number.slice(-2)}`,
    );
}
