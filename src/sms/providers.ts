import type { Logger } from 'pino';
import { consoleProvider } from './console.ts';
import { type HttpSettings, httpProvider } from './http.ts';
import type { Provider } from './provider.ts';
import { type SmppSettings, smppProvider } from './smpp.ts';
import { type SmscSettings, smscProvider } from './smsc.ts';
import { type SmsruSettings, smsruProvider } from './smsru.ts';
import { type TelegramSettings, telegramProvider } from './telegram.ts';
import { type TwilioSettings, twilioProvider } from './twilio.ts';
import { type VonageSettings, vonageProvider } from './vonage.ts';
import { type WhatsappSettings, whatsappProvider } from './whatsapp.ts';

/** Makes every option required, so that one without a variable does not compile. */
type Every<Settings> = { readonly [Option in keyof Required<Settings>]: Settings[Option] };

/** The options of each provider that a route names. */
export interface ProviderOptions {
  readonly console?: object;
  readonly http?: Every<HttpSettings>;
  readonly smpp?: Every<SmppSettings>;
  readonly twilio?: Every<TwilioSettings>;
  readonly vonage?: Every<VonageSettings>;
  readonly smsru?: Every<SmsruSettings>;
  readonly smsc?: Every<SmscSettings>;
  readonly telegram?: Every<TelegramSettings>;
  readonly whatsapp?: Every<WhatsappSettings>;
}

/** Creates the providers that routes name, by their names. */
export function createProviders(options: ProviderOptions, log: Logger): Map<string, Provider> {
  const { console, http, smpp, twilio, vonage, smsru, smsc, telegram, whatsapp } = options;
  const providers = [
    console && consoleProvider(log),
    http && httpProvider(http),
    smpp && smppProvider(smpp),
    twilio && twilioProvider(twilio),
    vonage && vonageProvider(vonage),
    smsru && smsruProvider(smsru),
    smsc && smscProvider(smsc),
    telegram && telegramProvider(telegram),
    whatsapp && whatsappProvider(whatsapp),
  ];
  return new Map(providers.flatMap((provider) => (provider ? [[provider.name, provider]] : [])));
}
