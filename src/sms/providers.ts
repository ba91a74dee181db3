import type { Logger } from 'pino';
import type { SmsConfig } from '../config/config.ts';
import type { ProviderSettings } from '../config/provider-variables.ts';
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
  readonly http?: Every<HttpSettings>;
  readonly smpp?: Every<SmppSettings>;
  readonly twilio?: Every<TwilioSettings>;
  readonly vonage?: Every<VonageSettings>;
  readonly smsru?: Every<SmsruSettings>;
  readonly smsc?: Every<SmscSettings>;
  readonly telegram?: Every<TelegramSettings>;
  readonly whatsapp?: Every<WhatsappSettings>;
}

/** Creates the providers that routes name, by their names. `publicUrl` is the origin of their callbacks. */
export function openProviders({ providers }: SmsConfig, publicUrl: string, log: Logger): Map<string, Provider> {
  const { http, smpp, twilio, vonage, smsru, smsc, telegram, whatsapp } = providerOptions(providers, publicUrl);
  const opened = [
    providers.console && consoleProvider(log),
    http && httpProvider(http),
    smpp && smppProvider(smpp),
    twilio && twilioProvider(twilio),
    vonage && vonageProvider(vonage),
    smsru && smsruProvider(smsru),
    smsc && smscProvider(smsc),
    telegram && telegramProvider(telegram),
    whatsapp && whatsappProvider(whatsapp),
  ];
  return new Map(opened.flatMap((provider) => (provider ? [[provider.name, provider]] : [])));
}

/** The options of each provider, built from its variables. */
export function providerOptions(settings: ProviderSettings, publicUrl: string): ProviderOptions {
  const { http, smpp, twilio, vonage, smsru, smsc, telegram, whatsapp } = settings;
  return {
    ...(http && {
      http: {
        url: http.SMS_HTTP_URL,
        method: http.SMS_HTTP_METHOD,
        headers: http.SMS_HTTP_HEADERS,
        body: http.SMS_HTTP_BODY,
        token: http.SMS_HTTP_TOKEN,
        signingSecret: http.SMS_HTTP_SIGNING_SECRET,
      },
    }),
    ...(smpp && {
      smpp: {
        ...smpp.SMPP_URL,
        ca: smpp.SMPP_CA,
        systemType: smpp.SMPP_SYSTEM_TYPE,
        sourceAddress: smpp.SMPP_SOURCE,
        alphabet: smpp.SMPP_ALPHABET,
        window: smpp.SMPP_WINDOW,
        enquireLinkSeconds: smpp.SMPP_ENQUIRE_LINK_SECONDS,
      },
    }),
    ...(twilio && {
      twilio: {
        baseUrl: twilio.TWILIO_BASE_URL,
        accountSid: twilio.TWILIO_ACCOUNT_SID,
        authToken: twilio.TWILIO_AUTH_TOKEN,
        from: twilio.TWILIO_FROM,
        messagingServiceSid: twilio.TWILIO_MESSAGING_SERVICE_SID,
        publicUrl,
      },
    }),
    ...(vonage && {
      vonage: {
        baseUrl: vonage.VONAGE_BASE_URL,
        applicationId: vonage.VONAGE_APPLICATION_ID,
        privateKey: vonage.VONAGE_PRIVATE_KEY,
        from: vonage.VONAGE_FROM,
        signatureSecret: vonage.VONAGE_SIGNATURE_SECRET,
        publicUrl,
      },
    }),
    ...(smsru && {
      smsru: { baseUrl: smsru.SMSRU_BASE_URL, apiId: smsru.SMSRU_API_ID, from: smsru.SMSRU_FROM },
    }),
    ...(smsc && {
      smsc: {
        baseUrl: smsc.SMSC_BASE_URL,
        login: smsc.SMSC_LOGIN,
        password: smsc.SMSC_PASSWORD,
        sender: smsc.SMSC_SENDER,
        callbackSecret: smsc.SMSC_CALLBACK_SECRET,
      },
    }),
    ...(telegram && {
      telegram: {
        baseUrl: telegram.TELEGRAM_GATEWAY_BASE_URL,
        token: telegram.TELEGRAM_GATEWAY_TOKEN,
        senderUsername: telegram.TELEGRAM_GATEWAY_SENDER,
        publicUrl,
      },
    }),
    ...(whatsapp && {
      whatsapp: {
        baseUrl: whatsapp.WHATSAPP_BASE_URL,
        apiVersion: whatsapp.WHATSAPP_API_VERSION,
        phoneNumberId: whatsapp.WHATSAPP_PHONE_NUMBER_ID,
        token: whatsapp.WHATSAPP_TOKEN,
        template: whatsapp.WHATSAPP_TEMPLATE,
        templateLanguages: whatsapp.WHATSAPP_TEMPLATE_LANGUAGES,
        appSecret: whatsapp.WHATSAPP_APP_SECRET,
        verifyToken: whatsapp.WHATSAPP_VERIFY_TOKEN,
      },
    }),
  };
}
