import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the management API, and the sentences of its refusals. */
export const management: TextsIn<'ru', English['management']> = {
  api_key_needed: {
    title: 'Нужен API-ключ',
    explanation:
      'API управления принимает только действующий API-ключ: Authorization: Bearer …. Неизвестный, просроченный или отозванный ключ не подходит. Ключи оператор выпускает из командной строки.',
    sentence: 'Нужен действующий API-ключ.',
  },
  scope_missing: {
    title: 'Не хватает права',
    explanation:
      'У API-ключа нет права, которое нужно для этого вызова; его называет поле scope. Оператор может выпустить ключ с этим правом.',
    sentence: 'У API-ключа нет права {scope}.',
  },
  network_not_allowed: {
    title: 'Сеть не разрешена',
    explanation: 'API-ключ действует только из определённых сетей, а этот запрос пришёл из другой.',
    sentence: 'Из вашей сети этот API-ключ использовать нельзя.',
  },
  too_many_key_requests: {
    title: 'Слишком много запросов',
    explanation: 'Лимит запросов API-ключа в минуту исчерпан (Retry-After).',
    sentence: 'Слишком много запросов с этим API-ключом. Повторите {when}.',
  },
  idempotency_key_needed: {
    title: 'Нужен ключ идемпотентности',
    explanation:
      'Каждому изменяющему вызову нужен заголовок Idempotency-Key: строка до 255 знаков, например UUID, — новая для каждого действия и одна и та же при его повторах.',
    sentence: 'Добавьте заголовок Idempotency-Key длиной до 255 знаков, например UUID в кавычках.',
  },
  idempotency_key_reused: {
    title: 'Ключ идемпотентности уже использован',
    explanation: 'С этим Idempotency-Key в течение суток приходил другой запрос. Для нового действия нужен новый ключ.',
    sentence: 'Этот Idempotency-Key относится к другому запросу.',
  },
  verification_ended: {
    title: 'Подтверждение завершено',
    explanation:
      'Подтверждение завершается, когда код введён или запрос отменён, через десять минут и после пяти неверных кодов. Начните новое.',
    sentence: 'Это подтверждение уже завершено. Начните новое.',
  },
  request_in_progress: {
    title: 'Запрос ещё выполняется',
    explanation:
      'Первый запрос с этим Idempotency-Key ещё выполняется. Его ответ можно получить повтором (Retry-After).',
    sentence: 'Первый запрос с этим Idempotency-Key ещё выполняется. Повторите {when}.',
  },
};

/** Sentences about a field of the management API. */
export const managementFields: TextsIn<'ru', English['managementFields']> = {
  unknown_cursor: 'Такого курсора у этого списка не было.',
  block_malformed: 'Значение не подходит к этому виду блокировки.',
  block_too_wide: 'Слишком большая сеть: для IPv4 не шире /8, для IPv6 не шире /16.',
  end_in_the_past: 'Окончание должно быть в будущем.',
  person_unknown: 'Такого человека нет.',
  time_malformed: 'Укажите время в виде 2026-12-31T12:00:00Z.',
  region_unknown: 'Укажите страну двумя буквами, например RU.',
  file_malformed: 'Файл не удалось дочитать до конца. Записи до места ошибки могли быть импортированы.',
  one_filter: 'Можно указать только один фильтр.',
  not_a_phone_number: 'Это не номер телефона. Укажите его с кодом страны.',
  webhooks_too_many: 'Больше адресов добавить нельзя.',
  webhook_url_invalid: 'Такой URL не подходит: без имени пользователя, пароля и фрагмента.',
  webhook_url_not_https: 'URL должен начинаться с https://.',
  webhook_event_unknown: 'Такого типа событий нет.',
  webhook_events_missing: 'Нужен хотя бы один тип событий.',
  client_invalid: 'Приложение не принято: {member} {reason}',
  client_exists: 'Приложение с таким идентификатором уже есть.',
  client_read_only: 'Это приложение задано в CLIENTS_FILE: измените его там.',
  webhook_description_invalid: 'Не более 200 знаков и без управляющих символов.',
};
