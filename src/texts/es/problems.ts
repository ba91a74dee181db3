import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the API, and the sentences of refusals. */
export const problems: TextsIn<'es', English['problems']> = {
  invalid_request: {
    title: 'Datos no válidos',
    explanation: 'Falta un campo o no es válido. La respuesta nombra cada campo y dice cómo corregirlo.',
  },
  malformed_json: {
    title: 'No es JSON',
    explanation: 'El cuerpo de la solicitud no es un objeto JSON en UTF-8.',
  },
  bad_request: {
    title: 'Solicitud incorrecta',
    explanation: 'La URL, una cabecera o el cuerpo de la solicitud están mal formados.',
  },
  unauthenticated: {
    title: 'Hay que entrar primero',
    explanation:
      'La solicitud no tenía token, o su sesión ha terminado. Obtén un token nuevo con /api/request-sms/ y /api/verify-sms/ y envíalo como Authorization: Token … o Bearer ….',
  },
  cross_site: {
    title: 'Formulario de otro sitio',
    explanation: 'Según el navegador, otro sitio envió este formulario. Recarga la página e inténtalo de nuevo.',
  },
  not_the_provider: {
    title: 'Firma no válida',
    explanation: 'El informe de entrega no está firmado por el proveedor que nombra la URL.',
  },
  not_found: { title: 'No encontrado', explanation: 'No hay nada en esta URL.' },
  method_not_allowed: {
    title: 'Método no permitido',
    explanation: 'Esta URL no permite ese método. La cabecera Allow enumera los permitidos.',
  },
  payload_too_large: {
    title: 'Solicitud demasiado grande',
    explanation: 'El cuerpo de la solicitud supera los 16 KiB.',
  },
  uri_too_long: {
    title: 'URL demasiado larga',
    explanation: 'Una parte de la URL es más larga que cualquiera de las que usa este servicio.',
  },
  unsupported_media_type: {
    title: 'Se necesita JSON',
    explanation: 'La API solo acepta Content-Type: application/json, sin Content-Encoding.',
  },
  internal_error: {
    title: 'Error del servidor',
    explanation: 'Ha habido un error en el servidor. Está en el registro con el número de la solicitud (instance).',
  },
  overloaded: {
    title: 'Servidor saturado',
    explanation:
      'El servidor tiene demasiadas solicitudes. No se ha cambiado nada; inténtalo de nuevo en unos segundos (Retry-After).',
  },
  unavailable: {
    title: 'No disponible por ahora',
    explanation:
      'La base de datos no responde. No se ha cambiado nada; inténtalo de nuevo en unos segundos (Retry-After).',
  },
  not_a_phone_number: {
    title: 'No es un número de teléfono',
    explanation:
      'No se ha podido leer el número. Escríbelo con el prefijo del país, como +34 612 34 56 78, o indica el país en region_code.',
    sentence: 'No parece un número de teléfono. Escríbelo con el prefijo del país, como +34 612 34 56 78.',
  },
  mobile_number_needed: {
    title: 'Se necesita un número móvil',
    explanation:
      'Los códigos solo llegan a móviles. Los números fijos, gratuitos, de pago, cortos y de internet no sirven.',
    sentence: 'Se necesita un número móvil: a los fijos, gratuitos y cortos no llega el código.',
  },
  country_not_served: {
    title: 'País no disponible',
    explanation:
      'No se envían códigos a números de este país. El operador del servicio decide los países (SMS_COUNTRIES).',
    sentence: 'No enviamos códigos a números de este país: {country}.',
    withoutCountry: 'No enviamos códigos a números por satélite o internacionales ({country}).',
  },
  wrong_code: {
    title: 'Código incorrecto',
    explanation:
      'El código es incorrecto, ha caducado, ya se ha usado o lo pidió otro cliente. Un código vale diez minutos y una sola vez, para el cliente que lo pidió, y permite cinco intentos. Pide uno nuevo.',
    sentence: 'El código es incorrecto o ha caducado.',
    left: {
      one: 'Código incorrecto. Queda {count} intento.',
      many: 'Código incorrecto. Quedan {count} intentos.',
      other: 'Código incorrecto. Quedan {count} intentos.',
    },
    noneLeft: 'Código incorrecto. No quedan intentos: pide un código nuevo.',
  },
  too_many_messages: {
    title: 'Demasiados mensajes',
    explanation:
      'Un número recibe como máximo cinco mensajes por hora y diez al día, de todos los clientes juntos. Cada cliente espera 30, 60 y luego 120 segundos. Una dirección IP también tiene un límite. Retry-After dice cuándo volver a intentarlo.',
    sentence: 'Demasiado seguido. Podrás pedir otro mensaje {when}.',
    shared: 'Este número ya ha recibido todos los mensajes permitidos. Podrás pedir otro {when}.',
  },
  sending_busy: {
    title: 'Demasiados mensajes en espera',
    explanation:
      'Hay tantos mensajes en espera que el código llegaría demasiado tarde. No se ha enviado ni contado nada. Retry-After dice cuándo volver a intentarlo.',
    sentence: 'Ahora no podemos enviar códigos. Inténtalo {when}.',
  },
  daily_max: {
    title: 'No hay más mensajes hoy',
    explanation:
      'El servicio no envía más códigos hoy: ha enviado todos los que su operador permite en un día (SMS_DAILY_MAX), o se han introducido demasiados códigos incorrectos. El día siguiente empieza a medianoche UTC. Un dispositivo que ya entró con este número aún puede recibir códigos. Retry-After dice cuándo volver a intentarlo.',
    sentence: 'Ahora no podemos enviar códigos. Inténtalo {when}.',
  },
  too_many_guesses: {
    title: 'Demasiados intentos',
    explanation:
      'Desde una misma red se han introducido demasiados códigos que no se pidieron en ella, o demasiados incorrectos para un número de prueba. Retry-After dice cuándo volver a intentarlo.',
    sentence: 'Demasiados intentos. Inténtalo {when}.',
  },
  number_locked: {
    title: 'La entrada con este número está en pausa',
    explanation:
      'Se han introducido demasiados códigos incorrectos seguidos para este número. Solo recibe códigos un dispositivo que ya entró con él; una entrada allí, o el operador, termina la pausa.',
    sentence:
      'La entrada con este número está en pausa porque se han introducido demasiados códigos incorrectos. Entra en un dispositivo que ya hayas usado o escribe a soporte.',
  },
  number_not_served: {
    title: 'Número no admitido',
    explanation:
      'No se envían códigos a este número: el operador lo ha excluido, o el rango al que pertenece. Eso no dice nada sobre una cuenta.',
    sentence: 'No se envían códigos a este número. Usa otro o contacta con soporte.',
  },
  network_blocked: {
    title: 'Red bloqueada',
    explanation: 'El operador ha bloqueado la red de la solicitud. Desde otras redes funciona.',
    sentence: 'No se aceptan solicitudes desde tu red. Prueba con otra red o contacta con soporte.',
  },
  account_blocked: {
    title: 'Cuenta bloqueada',
    explanation: 'El código era correcto, pero la cuenta está bloqueada. El operador puede desbloquearla.',
    sentence: 'Tu cuenta está bloqueada. Contacta con soporte.',
  },
  redeem_blocked: {
    title: 'Canje bloqueado',
    explanation: 'El operador ha bloqueado el número de la persona, o el rango al que pertenece.',
    sentence: 'Con tu número no se pueden canjear códigos de invitación. Contacta con soporte.',
  },
  challenge_needed: { sentence: 'Envía el challenge de la respuesta a la solicitud del código.' },
  unknown_region: { sentence: 'Introduce un código de país de dos letras, como ES.' },
  invite_code_malformed: {
    title: 'No es un código de invitación',
    explanation:
      'Un código de invitación tiene de seis a nueve caracteres, cifras y consonantes, como KX3RT7. Las mayúsculas, los espacios y el teclado no importan.',
    sentence: 'Un código de invitación tiene de seis a nueve caracteres, cifras y letras.',
  },
  invite_code_unknown: {
    title: 'Ese código no existe',
    explanation: 'Nadie tiene este código de invitación. Compruébalo con quien te invitó.',
    sentence: 'Ese código de invitación no existe.',
  },
  invite_code_own: {
    title: 'Es tu propio código',
    explanation: 'Tu código es para otras personas: tú no puedes usarlo.',
    sentence: 'No puedes usar tu propio código de invitación.',
  },
  invite_code_already_redeemed: {
    title: 'Ya se ha usado un código',
    explanation: 'Solo puedes usar un código, una vez, y no se puede cambiar.',
    sentence: 'Ya has usado otro código de invitación.',
  },
  invite_code_circle: {
    title: 'Las invitaciones formarían un círculo',
    explanation: 'A esta persona la invitaste tú, o alguien a quien invitaste.',
    sentence: 'A esta persona la invitaste tú, o alguien a quien invitaste.',
  },
  invite_not_working: {
    title: 'La invitación no funciona',
    explanation: 'Esta invitación no existe, o su dueño ha borrado la cuenta. Puedes registrarte sin ella.',
    sentence: 'Esta invitación no existe, o su dueño ha borrado la cuenta. Puedes registrarte sin ella.',
  },
  too_many_redeem_attempts: {
    title: 'Demasiados intentos',
    explanation:
      'Se pueden comprobar como máximo cien códigos de invitación por hora. Retry-After dice cuándo volver a intentarlo.',
    sentence: 'Demasiados intentos. Inténtalo {when}.',
  },
  recent_sign_in_required: {
    title: 'Se necesita un código nuevo',
    explanation:
      'Solo se puede borrar una cuenta en los cinco minutos después de entrar. Entra otra vez y repite la solicitud.',
    sentence:
      'Solo se puede borrar una cuenta en los cinco minutos después de entrar. Entra otra vez e inténtalo de nuevo.',
  },
  too_many_profile_attempts: {
    title: 'Demasiados intentos',
    explanation:
      'Se pueden probar como máximo veinte nombres y correos de otros usuarios por hora. Retry-After dice cuándo volver a intentarlo.',
    sentence: 'Demasiados intentos. Inténtalo {when}.',
  },
  username_taken: { sentence: 'Ya existe un usuario con ese nombre o con uno muy parecido.' },
  username_invalid: {
    sentence:
      'Usa letras, cifras y signos del teclado: sin emojis, sin caracteres invisibles y en un solo sentido de escritura.',
  },
  email_taken: { sentence: 'Otro usuario ya tiene este correo.' },
  email_invalid: { sentence: 'Introduce un correo electrónico válido.' },
  control_characters: { sentence: 'Quita los caracteres de control.' },
};

/** The sentences about a field. */
export const validation: TextsIn<'es', English['validation']> = {
  required: 'Este campo es obligatorio.',
  blank: 'Este campo no puede estar vacío.',
  notAString: 'Se necesita un texto.',
  notAnObject: 'Se necesita un objeto JSON.',
  tooLong: {
    one: 'Como máximo {count} carácter.',
    many: 'Como máximo {count} caracteres.',
    other: 'Como máximo {count} caracteres.',
  },
  email: 'Introduce un correo electrónico válido.',
  controlCharacters: 'Quita los caracteres de control.',
  regionCode: 'Introduce un código de país de dos letras, como ES.',
  unknown: 'Este campo no existe.',
  generic: 'Este valor no es válido.',
};

/** The sentences about a missing or invalid token. */
export const credentials: TextsIn<'es', English['credentials']> = {
  missing: 'No se han enviado credenciales.',
  invalid: 'Token no válido.',
};
