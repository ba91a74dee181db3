import type { InEachLanguage } from '../kit/language.ts';
import type { ProblemKinds } from './problem.ts';

/** The problem types of any route. */
export const generalProblems = {
  invalid_request: {
    status: 400,
    title: { ru: 'Неверные данные', en: 'Invalid data' },
    explanation: {
      ru: 'В запросе нет обязательного поля, или значение поля неверно. Под именем поля указано, как исправить ошибку.',
      en: 'A field is missing or invalid. The response names each field and says how to correct it.',
    },
  },
  malformed_json: {
    status: 400,
    title: { ru: 'Это не JSON', en: 'Not JSON' },
    explanation: {
      ru: 'Тело запроса не разбирается как объект JSON в кодировке UTF-8.',
      en: 'The body of the request cannot be read as a JSON object in UTF-8.',
    },
  },
  bad_request: {
    status: 400,
    title: { ru: 'Непонятный запрос', en: 'Bad request' },
    explanation: {
      ru: 'Адрес, заголовок или тело запроса составлены неверно.',
      en: 'The URL, a header or the body of the request is malformed.',
    },
  },
  unauthenticated: {
    status: 401,
    title: { ru: 'Нужно войти', en: 'Sign in first' },
    explanation: {
      ru: 'Запрос пришёл без токена, или сеанс завершён. Получите новый токен через /api/request-sms/ и /api/verify-sms/ и передайте его в заголовке Authorization: Token … или Bearer ….',
      en: 'The request had no token, or its session is over. Get a new token from /api/request-sms/ and /api/verify-sms/ and send it as Authorization: Token … or Bearer ….',
    },
  },
  cross_site: {
    status: 403,
    title: { ru: 'Форма с чужого сайта', en: 'Form from another site' },
    explanation: {
      ru: 'Браузер сообщил, что форму отправил другой сайт. Откройте страницу заново и повторите.',
      en: 'The browser says that another site sent this form. Reload the page and try again.',
    },
  },
  not_the_provider: {
    status: 403,
    title: { ru: 'Неверная подпись', en: 'Invalid signature' },
    explanation: {
      ru: 'Отчёт о доставке не подписан провайдером, имя которого указано в адресе.',
      en: 'The receipt is not signed by the provider whose name is in the URL.',
    },
  },
  not_found: {
    status: 404,
    title: { ru: 'Не найдено', en: 'Not found' },
    explanation: { ru: 'По этому адресу ничего нет.', en: 'There is nothing at this URL.' },
  },
  method_not_allowed: {
    status: 405,
    title: { ru: 'Метод не поддерживается', en: 'Method not allowed' },
    explanation: {
      ru: 'Этот адрес не поддерживает такой метод. Допустимые методы перечислены в заголовке Allow.',
      en: 'This URL does not allow that method. The header Allow lists the allowed ones.',
    },
  },
  payload_too_large: {
    status: 413,
    title: { ru: 'Слишком большой запрос', en: 'Request too large' },
    explanation: { ru: 'Тело запроса больше 16 КиБ.', en: 'The body of the request is over 16 KiB.' },
  },
  uri_too_long: {
    status: 414,
    title: { ru: 'Слишком длинный адрес', en: 'URL too long' },
    explanation: {
      ru: 'Часть адреса слишком длинная.',
      en: 'A part of the URL is longer than any that this service uses.',
    },
  },
  unsupported_media_type: {
    status: 415,
    title: { ru: 'Нужен JSON', en: 'JSON needed' },
    explanation: {
      ru: 'API принимает только Content-Type: application/json, без сжатия (Content-Encoding).',
      en: 'The API accepts only Content-Type: application/json, without Content-Encoding.',
    },
  },
  internal_error: {
    status: 500,
    title: { ru: 'Ошибка на сервере', en: 'Server error' },
    explanation: {
      ru: 'На сервере произошла ошибка. Она записана в журнал с номером запроса (instance).',
      en: 'Something went wrong on the server. The log has the error under the id of the request (instance).',
    },
  },
  overloaded: {
    status: 503,
    title: { ru: 'Слишком много запросов сразу', en: 'Server overloaded' },
    explanation: {
      ru: 'Сервер не успевает обработать все запросы. Ничего не изменено; повторите через несколько секунд (Retry-After).',
      en: 'The server has too many requests. Nothing was changed; try again in a few seconds (Retry-After).',
    },
  },
  unavailable: {
    status: 503,
    title: { ru: 'Сервис временно недоступен', en: 'Temporarily unavailable' },
    explanation: {
      ru: 'База данных не отвечает. Ничего не изменено; повторите через несколько секунд (Retry-After).',
      en: 'The database does not answer. Nothing was changed; try again in a few seconds (Retry-After).',
    },
  },
} as const satisfies ProblemKinds;

/** Sentences about a field. */
export const validationMessages: InEachLanguage<{
  required: string;
  blank: string;
  notAString: string;
  notAnObject: string;
  tooLong: (most: number) => string;
  email: string;
  controlCharacters: string;
  regionCode: string;
  generic: string;
}> = {
  ru: {
    required: 'Обязательное поле.',
    blank: 'Это поле не может быть пустым.',
    notAString: 'Нужна строка.',
    notAnObject: 'Нужен объект JSON.',
    tooLong: (most) => `Убедитесь, что это значение содержит не более ${most} символов.`,
    email: 'Введите правильный адрес электронной почты.',
    controlCharacters: 'Уберите управляющие символы.',
    regionCode: 'Введите код страны из двух букв, например RU.',
    generic: 'Значение не подходит.',
  },
  en: {
    required: 'This field is required.',
    blank: 'This field may not be blank.',
    notAString: 'A string is needed.',
    notAnObject: 'A JSON object is needed.',
    tooLong: (most) => `Ensure this field has no more than ${most} characters.`,
    email: 'Enter a valid email address.',
    controlCharacters: 'Remove the control characters.',
    regionCode: 'Enter a country code of two letters, such as RU.',
    generic: 'This value is invalid.',
  },
};
