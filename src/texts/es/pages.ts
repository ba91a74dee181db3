import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts that every page shares. */
export const site: TextsIn<'es', English['site']> = {
  skip: 'Ir al contenido',
  language: 'Idioma',
  signOut: 'Cerrar sesión',
  api: 'API',
  brandLinks: { terms: 'Condiciones', privacy: 'Privacidad', support: 'Ayuda' },
  motto: 'Entra con tu teléfono, por invitación de amigos. Sin contraseñas.',
  error: 'Error:',
  summary: 'Revisa esto',
  errorEyebrow: 'No ha funcionado',
  details: 'Detalles',
  errorStatus: 'Error',
  requestId: 'Número de solicitud',
  home: 'Ir al inicio',
  back: 'Volver',
  notFoundTitle: 'Página no encontrada',
  notFoundText: 'Comprueba la dirección o vuelve al inicio.',
  refusedTitle: 'Algo ha ido mal',
  refusedText: 'Vuelve a la página anterior, recárgala e inténtalo de nuevo.',
  brokenTitle: 'Inténtalo de nuevo',
  brokenText: 'Algo ha fallado por nuestra parte. Inténtalo de nuevo en un minuto.',
  repeat: 'Intentar de nuevo',
  problemEyebrow: 'Qué significa este error',
  problemCode: 'Código del error',
};

/** The texts of the pages of signing in. */
export const signIn: TextsIn<'es', English['signIn']> = {
  phoneEyebrow: 'Entrar o registrarse',
  phoneTitle: '¿Cuál es tu número?',
  phoneLead: 'Te enviaremos un código por SMS. No necesitas contraseña.',
  phoneLabel: 'Número de teléfono',
  regionLabel: 'País',
  noCountry: 'No hay ningún país así en la lista',
  otherCountry: 'Elegir otro país',
  twoReadings: 'Así se escriben números de dos países. Elige el tuyo.',
  agreement: {
    both: 'Al continuar aceptas {terms} y {privacy}.',
    terms: 'Al continuar aceptas {terms}.',
    privacy: 'Al continuar aceptas {privacy}.',
  },
  termsLink: 'las condiciones de uso',
  privacyLink: 'la política de privacidad',
  sendCode: 'Recibir código',
  newHere: '¿Es tu primera vez? Tu perfil se crea solo al introducir el código.',
  invitedEyebrow: 'Invitación personal',
  invitedTitle: 'Te han invitado',
  invitedPreview: 'Tu código de invitación es {code}. Para entrar solo hace falta un número de teléfono.',
  invitedText: 'La invitación se acepta cuando te registras.',
  brokenText: 'Pide el enlace otra vez o entra sin invitación: no es obligatoria.',
  withoutInvite: 'Entrar sin invitación',
  cookiesOff:
    'Tu navegador no guarda cookies, y sin ellas no se puede entrar. No hemos enviado nada. Permite las cookies de este sitio e inténtalo de nuevo.',
  invitedFull: 'Quien te invitó verá tu número completo, y tu nombre si lo indicas.',
  invitedMasked: 'Quien te invitó verá tu número con algunas cifras ocultas, y tu nombre si lo indicas.',
  codeEyebrow: 'Solo falta un paso',
  codeTitle: {
    sms: 'Introduce el código del SMS',
    telegram: 'Introduce el código de Telegram',
    whatsapp: 'Introduce el código de WhatsApp',
  },
  codeTo: {
    sending: { sms: 'Enviando a', telegram: 'Enviando por Telegram a', whatsapp: 'Enviando por WhatsApp a' },
    sent: { sms: 'Enviado a', telegram: 'Enviado por Telegram a', whatsapp: 'Enviado por WhatsApp a' },
    failed: {
      sms: 'No se pudo enviar a',
      telegram: 'No se pudo enviar por Telegram a',
      whatsapp: 'No se pudo enviar por WhatsApp a',
    },
    unknown: { sms: 'El código para', telegram: 'El código para', whatsapp: 'El código para' },
  },
  checkSending: 'Comprobar de nuevo',
  sendingFailed: {
    number: 'El operador no ha entregado el mensaje. Comprueba el número y que el teléfono tenga cobertura.',
    service: 'El mensaje no se ha enviado por un fallo nuestro. Pide el código otra vez.',
  },
  changeNumber: 'Cambiar número',
  codeLabel: {
    one: 'Código de {count} cifra',
    many: 'Código de {count} cifras',
    other: 'Código de {count} cifras',
  },
  codeLabelUnknown: 'Código del mensaje',
  codeIncomplete: 'Introduce el código completo.',
  offline: 'No hay conexión con el servidor. Comprueba tu internet e inténtalo de nuevo.',
  codeValid: {
    one: 'Válido durante {count} minuto.',
    many: 'Válido durante {count} minutos.',
    other: 'Válido durante {count} minutos.',
  },
  codeInvite: 'Si es tu primera vez, se aceptará la invitación {code}.',
  expiredEyebrow: 'Se acabó el tiempo',
  expiredTitle: 'El código ha caducado',
  expiredText: 'Este código ya no vale. Podemos enviar uno nuevo a',
  sendNew: 'Enviar un código nuevo',
  signIn: 'Entrar',
  noCode: '¿No te llega?',
  noCodeWait: 'El mensaje puede tardar un par de minutos. Mira también entre los mensajes bloqueados o de spam.',
  noCodeNumber: 'Comprueba el número:',
  noCodeChannel: {
    sms: 'El próximo código llegará por SMS.',
    telegram: 'El próximo código llegará por Telegram.',
    whatsapp: 'El próximo código llegará por WhatsApp.',
  },
  noCodeSupport: 'Si nada funciona, {support}.',
  supportLink: 'escribe a soporte',
  resend: 'Enviar otra vez',
  resendBy: { sms: 'Enviar por SMS', telegram: 'Enviar por Telegram', whatsapp: 'Enviar por WhatsApp' },
  resendIn: {
    again: 'Enviar otra vez en',
    sms: 'Enviar por SMS en',
    telegram: 'Enviar por Telegram en',
    whatsapp: 'Enviar por WhatsApp en',
  },
  resendAt: 'Podrás pedirlo otra vez a las',
  resendOn: 'Podrás pedirlo otra vez el',
  resendReady: 'Ya puedes pedir el código otra vez.',
  notices: {
    sent_again: 'El código es el mismo de antes. Sirve cualquiera de los mensajes.',
    sent_new: 'Es un código nuevo. El anterior ya no vale.',
    under_way: 'Ya enviamos un código a este número. Introdúcelo o pídelo otra vez cuando sea posible.',
  },
  phoneNotices: {
    signed_out: 'Has cerrado la sesión en este dispositivo.',
    erased: 'Hemos borrado tu cuenta y tu número.',
    session_over: 'Tu sesión ha terminado. Vuelve a entrar.',
    session_over_unsaved: 'Tu sesión ha terminado y los cambios no se han guardado. Vuelve a entrar.',
    invite_declined: 'Invitación rechazada. Puedes entrar sin ella.',
  },
  devMessage: 'SMS para desarrollo',
};

/** The texts of the development inbox. */
export const dev: TextsIn<'es', English['dev']> = {
  title: 'Bandeja de desarrollo',
  note: 'Aquí llegan todos los SMS de este servidor. En producción esta página no existe.',
  empty: 'Todavía nada. Pide un código y aparecerá aquí.',
  to: 'Para:',
  signIn: 'Ir a la entrada',
  refresh: 'Actualizar',
  older: 'Y {count} anteriores: todos están en /dev/inbox.json, y los de un número en /dev/inbox?phone=%2B7….',
};

/** The sentences of the SMS, friendliest first. None has a letter outside of the GSM alphabet, such as ó. */
export const message: TextsIn<'es', English['message']> = {
  code: ['{code} es tu clave de acceso. No la compartas con nadie.', '{code} es tu clave de acceso', 'Clave {code}'],
  branded: [
    '{code} es tu clave de acceso a {brand}. No la compartas con nadie.',
    '{code} es tu clave de acceso a {brand}',
    '{brand}: clave {code}',
    '{brand}: {code}',
  ],
};
