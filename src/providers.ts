import type { Logger } from 'pino';
import type { SmsConfig } from './config/config.ts';
import { consoleProvider } from './sms/console.ts';
import { httpProvider } from './sms/http.ts';
import type { Provider } from './sms/provider.ts';
import { smppProvider } from './sms/smpp.ts';
import { smscProvider } from './sms/smsc.ts';
import { smsruProvider } from './sms/smsru.ts';
import { telegramProvider } from './sms/telegram.ts';
import { twilioProvider } from './sms/twilio.ts';
import { vonageProvider } from './sms/vonage.ts';
import { whatsappProvider } from './sms/whatsapp.ts';

/** Opens the providers that routes name, by their names. `publicUrl` is where they call back. */
export function openProviders({ providers }: SmsConfig, publicUrl: string, log: Logger): Map<string, Provider> {
  const { console, http, smpp, twilio, vonage, smsru, smsc, telegram, whatsapp } = providers;
  const opened: Provider[] = [];
  if (console) opened.push(consoleProvider(log));
  if (http) {
    opened.push(
      httpProvider({
        url: http.SMS_HTTP_URL,
        method: http.SMS_HTTP_METHOD,
        headers: http.SMS_HTTP_HEADERS,
        body: http.SMS_HTTP_BODY,
        token: http.SMS_HTTP_TOKEN,
        signingSecret: http.SMS_HTTP_SIGNING_SECRET,
      }),
    );
  }
  if (smpp) {
    opened.push(
      smppProvider({
        ...smpp.SMPP_URL,
        sourceAddress: smpp.SMPP_SOURCE,
        window: smpp.SMPP_WINDOW,
        ...(smpp.SMPP_SYSTEM_TYPE === undefined ? {} : { systemType: smpp.SMPP_SYSTEM_TYPE }),
      }),
    );
  }
  if (twilio) {
    opened.push(
      twilioProvider({
        baseUrl: twilio.TWILIO_BASE_URL,
        accountSid: twilio.TWILIO_ACCOUNT_SID,
        authToken: twilio.TWILIO_AUTH_TOKEN,
        from: twilio.TWILIO_FROM,
        messagingServiceSid: twilio.TWILIO_MESSAGING_SERVICE_SID,
        publicUrl,
      }),
    );
  }
  if (vonage) {
    opened.push(
      vonageProvider({
        baseUrl: vonage.VONAGE_BASE_URL,
        applicationId: vonage.VONAGE_APPLICATION_ID,
        privateKey: vonage.VONAGE_PRIVATE_KEY,
        from: vonage.VONAGE_FROM,
        signatureSecret: vonage.VONAGE_SIGNATURE_SECRET,
        publicUrl,
      }),
    );
  }
  if (smsru) {
    opened.push(smsruProvider({ baseUrl: smsru.SMSRU_BASE_URL, apiId: smsru.SMSRU_API_ID, from: smsru.SMSRU_FROM }));
  }
  if (smsc) {
    opened.push(
      smscProvider({
        baseUrl: smsc.SMSC_BASE_URL,
        login: smsc.SMSC_LOGIN,
        password: smsc.SMSC_PASSWORD,
        sender: smsc.SMSC_SENDER,
        callbackSecret: smsc.SMSC_CALLBACK_SECRET,
      }),
    );
  }
  if (telegram) {
    opened.push(
      telegramProvider({
        baseUrl: telegram.TELEGRAM_GATEWAY_BASE_URL,
        token: telegram.TELEGRAM_GATEWAY_TOKEN,
        senderUsername: telegram.TELEGRAM_GATEWAY_SENDER,
        publicUrl,
      }),
    );
  }
  if (whatsapp) {
    opened.push(
      whatsappProvider({
        baseUrl: whatsapp.WHATSAPP_BASE_URL,
        apiVersion: whatsapp.WHATSAPP_API_VERSION,
        phoneNumberId: whatsapp.WHATSAPP_PHONE_NUMBER_ID,
        token: whatsapp.WHATSAPP_TOKEN,
        template: whatsapp.WHATSAPP_TEMPLATE,
        appSecret: whatsapp.WHATSAPP_APP_SECRET,
        verifyToken: whatsapp.WHATSAPP_VERIFY_TOKEN,
      }),
    );
  }
  return new Map(opened.map((provider) => [provider.name, provider]));
}
