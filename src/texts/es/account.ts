import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts of the pages about invites. */
export const invites: TextsIn<'es', English['invites']> = {
  redeemTitle: '¿Te ha invitado alguien?',
  redeemLabel: 'Código de invitación',
  redeemHint: 'De seis a nueve caracteres. También vale el enlace completo.',
  redeemFull: 'Quien te invitó verá tu número completo, y tu nombre si lo indicas.',
  redeemMasked: 'Quien te invitó verá tu número con algunas cifras ocultas, y tu nombre si lo indicas.',
  redeemOnce: 'Solo se puede hacer una vez; el código no se puede cambiar después.',
  redeem: 'Aceptar la invitación',
  redeemedTitle: 'Viniste con una invitación',
  redeemedText: 'Código aceptado',
  offered: 'Lo hemos tomado del enlace que abriste.',
  decline: 'Rechazar la invitación',
  toProfile: 'Ir a tu perfil',
  signedInAlready: 'Ya has entrado: no hace falta que te registres otra vez.',
  inviteOthers: 'Invitar con tu propio enlace',
  qrCode: 'Código QR del enlace {link}',
  brokenTitle: 'Esta invitación no funciona',
  brokenText: 'Esta invitación no existe, o su dueño ha borrado la cuenta.',
  brokenLimited:
    'Desde tu red se han abierto demasiadas invitaciones que no funcionan, así que ahora no podemos comprobar esta. Abre el enlace otra vez {when}.',
  linkEyebrow: 'Enlace de invitación',
  linkTitle: {
    redeem: 'Te invitan',
    share_own: 'Este es tu enlace',
    nothing_redeemed: 'Ya está aceptada',
    nothing_redeemed_another: 'Ya te habían invitado',
    nothing_circle: 'Tú invitaste antes',
  },
  linkText: {
    redeem: 'Ya has entrado. Puedes aceptar este código: su dueño verá que viniste con él.',
    share_own: 'Este es tu propio código. Envía el enlace a tus amigos; tú no puedes aceptarlo.',
    nothing_redeemed: 'Ya has aceptado esta invitación. No hay que hacer nada más.',
    nothing_redeemed_another:
      'Ya has aceptado otra invitación, {code}. Solo se puede aceptar una, y no se puede cambiar.',
    nothing_circle:
      'Al dueño de este código lo invitaste tú, o alguien a quien invitaste. No puedes aceptar su invitación.',
  },
};

/** The texts of the pages of an account. */
export const profile: TextsIn<'es', English['profile']> = {
  title: 'Un pase para tus amigos',
  ticketText: 'Envía el enlace a tus amigos. Tu código se rellena solo cuando se registran.',
  linkLabel: 'Tu enlace',
  copyLink: 'Copiar',
  copied: 'Enlace copiado.',
  notCopied: 'No ha funcionado. Selecciona el enlace y cópialo tú.',
  share: 'Compartir',
  shareText: 'Te invito. Mi código está en el enlace:',
  invitedTitle: 'Personas que invitaste',
  invitedNone: 'Aquí aparecerán las personas que invites.',
  invitedCount: { one: '{count} persona', many: '{count} personas', other: '{count} personas' },
  invitedMore: 'Ver más',
  invitedFirst: 'Volver al principio',
  profileTitle: 'Perfil',
  profileHint: 'Todos los campos son opcionales. Para borrar uno, déjalo vacío.',
  username: 'Nombre de usuario',
  first_name: 'Nombre',
  firstNameHint: 'Si alguien te invitó, verá este nombre.',
  last_name: 'Apellidos',
  email: 'Correo electrónico',
  save: 'Guardar',
  sections: 'Secciones de la página',
  securityTitle: 'Seguridad',
  securityText:
    'Entras con un código que enviamos a tu número. No se lo digas a nadie: nosotros nunca te lo pediremos.',
  signOut: 'Cerrar sesión en este dispositivo',
  dataTitle: 'Tus datos',
  dataText: 'Tu perfil, dispositivos, invitaciones, mensajes y accesos en un archivo (JSON).',
  download: 'Descargar mis datos',
  delete: 'Borrar la cuenta',
  deleteEyebrow: 'Para siempre',
  deleteTitle: '¿Borrar tu cuenta?',
  deleteText: [
    'Borraremos tu número, tu nombre, tu correo y tus dispositivos. Todas las sesiones se cerrarán al momento y tu código de invitación dejará de funcionar. No se puede deshacer.',
    'Quien te invitó dejará de ver tu número y tu nombre. Podrás registrarte de nuevo con este número.',
  ],
  keptTitle: 'Qué se conserva y cuánto tiempo',
  keptMessages: {
    one: 'Los mensajes enviados, sin tu número: {count}\u00a0día.',
    many: 'Los mensajes enviados, sin tu número: {count}\u00a0días.',
    other: 'Los mensajes enviados, sin tu número: {count}\u00a0días.',
  },
  keptAudit: {
    one: 'El registro de seguridad, con tu número oculto, direcciones IP y dispositivos: {count}\u00a0día.',
    many: 'El registro de seguridad, con tu número oculto, direcciones IP y dispositivos: {count}\u00a0días.',
    other: 'El registro de seguridad, con tu número oculto, direcciones IP y dispositivos: {count}\u00a0días.',
  },
  kept: [
    'Tu número en los contadores de códigos, para que nadie eluda los límites: hasta 25 horas, o un año si se introdujeron códigos incorrectos desde la última entrada.',
    'Si te invitaron: un hash de tu número y de quien te invitó, que no revela ninguno de los dos: 365 días.',
    'Tu código de invitación y tu lugar entre las invitaciones, sin datos sobre ti: para siempre, para que nadie más reciba el código.',
  ],
  deleteNow: 'Borrar para siempre',
  freshCodeTitle: 'Confirma que eres tú',
  freshCodeText: 'Entraste hace más de cinco minutos. Introduce un código nuevo para borrar la cuenta.',
  freshCode: 'Recibir código',
  keep: 'Conservar la cuenta',
  logoutEyebrow: 'Hasta pronto',
  logoutTitle: '¿Cerrar sesión?',
  logoutWho: 'Has entrado como',
  logoutText:
    'En tus otros dispositivos la sesión seguirá abierta. Para volver a entrar aquí necesitarás un código nuevo por SMS.',
  logout: 'Cerrar sesión',
  stay: 'Quedarme',
  notices: {
    profile_saved: 'Guardado.',
    invite_redeemed: 'Invitación aceptada.',
    session_ended: 'Sesión cerrada.',
    session_over_before: 'Esa sesión ya estaba cerrada.',
    others_ended: 'Las demás sesiones se han cerrado.',
    no_others: 'No había otras sesiones.',
    invite_declined: 'Invitación rechazada.',
    invite_not_redeemed: 'Te has registrado. La invitación del enlace ya no funciona y no se ha aceptado.',
  },
};

/** The texts of the list of devices. */
export const sessions: TextsIn<'es', English['sessions']> = {
  title: 'Dispositivos',
  unknownDevice: 'Dispositivo desconocido',
  current: 'Este dispositivo',
  since: 'Entrada:',
  lastUsed: 'Última actividad:',
  end: 'Cerrar sesión',
  endOthers: 'Cerrar sesión en los demás',
  anotherAccountTitle: 'Has entrado con otro número',
  anotherAccountText:
    'Esta página se abrió para otra cuenta, y desde entonces se ha entrado en este navegador con otro número. No se ha cambiado nada.',
};
