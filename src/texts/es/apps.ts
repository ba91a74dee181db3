import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts of the pages for apps that sign people in by OpenID Connect. */
export const oidc: TextsIn<'es', English['oidc']> = {
  expiredTitle: 'Este inicio de sesión ha caducado',
  expiredText: 'Vuelve a la aplicación e inicia sesión otra vez.',
  errorTitle: 'La aplicación ha cometido un error',
  errorText:
    'No se puede responder a su solicitud. Vuelve a la aplicación e inténtalo de nuevo, o avisa a sus responsables.',
  consentEyebrow: 'Permiso',
  consentTitle: '¿Permitir el acceso a {name}?',
  consentText: '{name} quiere ver:',
  scopes: {
    openid: 'que tienes una cuenta aquí',
    phone: 'tu número de teléfono',
    profile: 'tu nombre y tu nombre de usuario',
    email: 'tu correo electrónico',
    invites: 'quién te ha invitado',
    offline_access: 'todo esto mientras no cierres su sesión',
  },
  consentOther: 'otros permisos: {scopes}',
  consentEnd: 'Puedes retirarlo cuando quieras: su sesión aparece entre las tuyas.',
  allow: 'Permitir',
  deny: 'No permitir',
  deviceEyebrow: 'Otro dispositivo',
  deviceTitle: 'Conectar un dispositivo',
  deviceText: 'Escribe el código que muestra el dispositivo.',
  deviceCode: 'Código del dispositivo',
  deviceGo: 'Continuar',
  deviceWrong: 'Ningún dispositivo espera este código. Compruébalo o vuelve a empezar en el dispositivo.',
  deviceConfirmTitle: '¿Iniciar sesión en el dispositivo?',
  deviceWarning:
    'Continúa solo si tienes el dispositivo delante y muestra este código ahora mismo. Si alguien te ha enviado el código o un enlace, quiere entrar en tu cuenta: no lo permitas.',
  deviceConfirm: '{name} quiere iniciar tu sesión. Código:',
  deviceYes: 'Es mi dispositivo',
  deviceNo: 'Cancelar',
  deviceDoneTitle: 'El dispositivo está conectado',
  deviceDone: 'Sigue allí. Puedes cerrar esta página.',
  deviceStopped: 'No se ha conectado nada. Puedes cerrar esta página.',
  logoutTitle: '¿Cerrar la sesión?',
  logoutText: 'Cierras la sesión aquí y en las aplicaciones que has abierto en este navegador.',
  logoutYes: 'Cerrar sesión',
  logoutNo: 'Seguir conectado',
  loggedOutTitle: 'Has cerrado la sesión',
  loggedOutText: 'Puedes cerrar esta página.',
  submitTitle: 'Un momento',
  submitText: 'Pulsa el botón para continuar.',
};
