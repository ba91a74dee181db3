import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the management API, and the sentences of its refusals. */
export const management: TextsIn<'es', English['management']> = {
  api_key_needed: {
    title: 'Se necesita una clave de API',
    explanation:
      'La API de administración exige una clave de API válida: Authorization: Bearer …. Se rechazan las claves desconocidas, caducadas o revocadas. El operador emite las claves desde la línea de comandos.',
    sentence: 'Se necesita una clave de API válida.',
  },
  scope_missing: {
    title: 'Falta un permiso',
    explanation:
      'La clave de API no tiene el permiso que exige esta llamada; el campo scope lo nombra. El operador puede emitir una clave que lo tenga.',
    sentence: 'A la clave de API le falta el permiso {scope}.',
  },
  network_not_allowed: {
    title: 'Red no permitida',
    explanation: 'La clave de API solo puede usarse desde ciertas redes, y esta petición llega desde otra.',
    sentence: 'Esta clave de API no puede usarse desde su red.',
  },
  too_many_key_requests: {
    title: 'Demasiadas peticiones',
    explanation: 'La clave de API ha agotado sus peticiones por minuto (Retry-After).',
    sentence: 'Demasiadas peticiones con esta clave de API. Vuelva a intentarlo {when}.',
  },
  idempotency_key_needed: {
    title: 'Se necesita una clave de idempotencia',
    explanation:
      'Toda llamada que escribe exige el encabezado Idempotency-Key: un texto de 255 caracteres como máximo, por ejemplo un UUID, nuevo para cada acción e igual en sus reintentos.',
    sentence: 'Envíe el encabezado Idempotency-Key, por ejemplo un UUID entre comillas, de 255 caracteres como máximo.',
  },
  idempotency_key_reused: {
    title: 'Clave de idempotencia ya usada',
    explanation:
      'La misma Idempotency-Key llegó con otra petición en el último día. Una acción nueva necesita una clave nueva.',
    sentence: 'Esta Idempotency-Key pertenece a otra petición.',
  },
  verification_ended: {
    title: 'Verificación terminada',
    explanation:
      'Una verificación termina cuando se introduce su código, cuando se cancela, a los diez minutos y tras cinco códigos incorrectos. Inicie otra.',
    sentence: 'Esta verificación ha terminado. Inicie otra.',
  },
  request_in_progress: {
    title: 'Petición en curso',
    explanation:
      'La primera petición con esta Idempotency-Key sigue en curso. Su respuesta se obtiene al reintentar (Retry-After).',
    sentence: 'La primera petición con esta Idempotency-Key sigue en curso. Vuelva a intentarlo {when}.',
  },
};

/** Sentences about a field of the management API. */
export const managementFields: TextsIn<'es', English['managementFields']> = {
  unknown_cursor: 'Este cursor no pertenece a ninguna página de esta lista.',
  block_malformed: 'Este valor no corresponde a ese tipo.',
  block_too_wide: 'Esta red es demasiado amplia: como mínimo /8 en IPv4 y /16 en IPv6.',
  end_in_the_past: 'El final debe estar en el futuro.',
  person_unknown: 'Esta persona no existe.',
  time_malformed: 'Esto no es una hora como 2026-12-31T12:00:00Z.',
  region_unknown: 'No es un país con números de teléfono, como RU.',
  file_malformed:
    'El archivo no se puede leer hasta el final. Es posible que los registros anteriores al error se hayan importado.',
  one_filter: 'Solo se admite un filtro a la vez.',
  not_a_phone_number: 'Esto no es un número de teléfono. Escríbalo con el prefijo del país.',
  webhooks_too_many: 'No se admiten más destinos.',
  webhook_url_invalid: 'Esta URL no sirve: sin usuario, contraseña ni fragmento.',
  webhook_url_not_https: 'La URL debe empezar por https://.',
  webhook_event_unknown: 'Ese tipo de evento no existe.',
  webhook_events_missing: 'Se necesita al menos un tipo de evento.',
  client_invalid: 'La aplicación no se acepta: {member} {reason}',
  client_exists: 'Ya existe una aplicación con este id.',
  client_read_only: 'Esta aplicación está en CLIENTS_FILE: se cambia allí.',
  webhook_description_invalid: 'Como máximo 200 caracteres y sin caracteres de control.',
};
