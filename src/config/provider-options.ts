import type { ProviderOptions } from '../sms/providers.ts';
import type { ProviderSettings } from './provider-variables.ts';

/** Builds the options of each provider from its variables. `publicUrl` is the origin of their callbacks. */
export function providerOptions(settings: ProviderSettings, publicUrl: string): ProviderOptions {
  const { console, http, smpp, twilio, vonage, smsru, smsc, telegram, whatsapp } = settings;
  return {
    ...(console && { console }),
    ...(http && { http: httpOptions(http) }),
    ...(smpp && { smpp: smppOptions(smpp) }),
    ...(twilio && { twilio: { ...twilioOptions(twilio), publicUrl } }),
    ...(vonage && { vonage: { ...vonageOptions(vonage), publicUrl } }),
    ...(smsru && { smsru: { baseUrl: smsru.SMSRU_BASE_URL, apiId: smsru.SMSRU_API_ID, from: smsru.SMSRU_FROM } }),
    ...(smsc && { smsc: smscOptions(smsc) }),
    ...(telegram && { telegram: { ...telegramOptions(telegram), publicUrl } }),
    ...(whatsapp && { whatsapp: whatsappOptions(whatsapp) }),
  };
}

type Settings<Name extends keyof ProviderSettings> = NonNullable<ProviderSettings[Name]>;

function httpOptions(http: Settings<'http'>) {
  return {
    url: http.SMS_HTTP_URL,
    method: http.SMS_HTTP_METHOD,
    headers: http.SMS_HTTP_HEADERS,
    body: http.SMS_HTTP_BODY,
    token: http.SMS_HTTP_TOKEN,
    signingSecret: http.SMS_HTTP_SIGNING_SECRET,
  };
}

function smppOptions(smpp: Settings<'smpp'>) {
  return {
    ...smpp.SMPP_URL,
    ca: smpp.SMPP_CA,
    systemType: smpp.SMPP_SYSTEM_TYPE,
    sourceAddress: smpp.SMPP_SOURCE,
    alphabet: smpp.SMPP_ALPHABET,
    window: smpp.SMPP_WINDOW,
    enquireLinkSeconds: smpp.SMPP_ENQUIRE_LINK_SECONDS,
  };
}

function twilioOptions(twilio: Settings<'twilio'>) {
  return {
    baseUrl: twilio.TWILIO_BASE_URL,
    accountSid: twilio.TWILIO_ACCOUNT_SID,
    authToken: twilio.TWILIO_AUTH_TOKEN,
    from: twilio.TWILIO_FROM,
    messagingServiceSid: twilio.TWILIO_MESSAGING_SERVICE_SID,
  };
}

function vonageOptions(vonage: Settings<'vonage'>) {
  return {
    baseUrl: vonage.VONAGE_BASE_URL,
    applicationId: vonage.VONAGE_APPLICATION_ID,
    privateKey: vonage.VONAGE_PRIVATE_KEY,
    from: vonage.VONAGE_FROM,
    signatureSecret: vonage.VONAGE_SIGNATURE_SECRET,
  };
}

function smscOptions(smsc: Settings<'smsc'>) {
  return {
    baseUrl: smsc.SMSC_BASE_URL,
    login: smsc.SMSC_LOGIN,
    password: smsc.SMSC_PASSWORD,
    sender: smsc.SMSC_SENDER,
    callbackSecret: smsc.SMSC_CALLBACK_SECRET,
  };
}

function telegramOptions(telegram: Settings<'telegram'>) {
  return {
    baseUrl: telegram.TELEGRAM_GATEWAY_BASE_URL,
    token: telegram.TELEGRAM_GATEWAY_TOKEN,
    senderUsername: telegram.TELEGRAM_GATEWAY_SENDER,
  };
}

function whatsappOptions(whatsapp: Settings<'whatsapp'>) {
  return {
    baseUrl: whatsapp.WHATSAPP_BASE_URL,
    apiVersion: whatsapp.WHATSAPP_API_VERSION,
    phoneNumberId: whatsapp.WHATSAPP_PHONE_NUMBER_ID,
    token: whatsapp.WHATSAPP_TOKEN,
    template: whatsapp.WHATSAPP_TEMPLATE,
    templateLanguages: whatsapp.WHATSAPP_TEMPLATE_LANGUAGES,
    appSecret: whatsapp.WHATSAPP_APP_SECRET,
    verifyToken: whatsapp.WHATSAPP_VERIFY_TOKEN,
  };
}
