import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the management API, and the sentences of its refusals. */
export const management: TextsIn<'kk', English['management']> = {
  api_key_needed: {
    title: 'API кілті қажет',
    explanation:
      'Басқару API-і жарамды API кілтін талап етеді: Authorization: Bearer …. Белгісіз, мерзімі өткен немесе қайтарып алынған кілт қабылданбайды. Кілттерді оператор пәрмен жолынан шығарады.',
    sentence: 'Жарамды API кілті қажет.',
  },
  scope_missing: {
    title: 'Құқық жетіспейді',
    explanation:
      'API кілтінде осы шақыруға қажет құқық жоқ; оны scope өрісі көрсетеді. Оператор осындай құқығы бар кілт шығара алады.',
    sentence: 'API кілтінде {scope} құқығы жоқ.',
  },
  network_not_allowed: {
    title: 'Желіге рұқсат жоқ',
    explanation: 'API кілтін белгілі желілерден ғана пайдалануға болады, ал бұл сұрау басқа желіден келді.',
    sentence: 'Бұл API кілтін сіздің желіңізден пайдалануға болмайды.',
  },
  too_many_key_requests: {
    title: 'Сұрау тым көп',
    explanation: 'API кілті минуттық сұрау шегін тауысты (Retry-After).',
    sentence: 'Бұл API кілтімен сұрау тым көп жасалды. {when} қайталаңыз.',
  },
  idempotency_key_needed: {
    title: 'Idempotency кілті қажет',
    explanation:
      'Өзгеріс енгізетін әр шақыруға Idempotency-Key тақырыбы керек: 255 таңбадан аспайтын мәтін, мысалы UUID; әр әрекетке жаңа, қайталағанда сол күйі.',
    sentence: 'Idempotency-Key тақырыбын жіберіңіз: 255 таңбаға дейін, мысалы тырнақшадағы UUID.',
  },
  idempotency_key_reused: {
    title: 'Idempotency кілті бұрын қолданылған',
    explanation: 'Осы Idempotency-Key бір тәулік ішінде басқа сұраумен келген. Жаңа әрекетке жаңа кілт керек.',
    sentence: 'Бұл Idempotency-Key басқа сұрауға тиесілі.',
  },
  verification_ended: {
    title: 'Растау аяқталды',
    explanation:
      'Растау коды енгізілгенде, тоқтатылғанда, он минуттан кейін және бес қате кодтан кейін аяқталады. Жаңасын бастаңыз.',
    sentence: 'Бұл растау аяқталды. Жаңасын бастаңыз.',
  },
  request_in_progress: {
    title: 'Сұрау әлі орындалуда',
    explanation:
      'Осы Idempotency-Key бар бірінші сұрау әлі орындалуда. Оның жауабын қайталап алуға болады (Retry-After).',
    sentence: 'Осы Idempotency-Key бар бірінші сұрау әлі орындалуда. {when} қайталаңыз.',
  },
};

/** Sentences about a field of the management API. */
export const managementFields: TextsIn<'kk', English['managementFields']> = {
  unknown_cursor: 'Бұл курсор осы тізімнің ешбір бетіне жатпайды.',
  block_malformed: 'Бұл мән осы түрге сәйкес келмейді.',
  block_too_wide: 'Бұл желі тым кең: IPv4 үшін кемінде /8, IPv6 үшін кемінде /16.',
  end_in_the_past: 'Аяқталу уақыты болашақта болуы керек.',
  person_unknown: 'Мұндай адам жоқ.',
  time_malformed: 'Уақытты 2026-12-31T12:00:00Z түрінде жазыңыз.',
  region_unknown: 'Елді екі әріппен жазыңыз, мысалы RU.',
  file_malformed: 'Файлды соңына дейін оқу мүмкін болмады. Қатеге дейінгі жазбалар импортталған болуы мүмкін.',
  one_filter: 'Бір уақытта тек бір сүзгі беруге болады.',
  not_a_phone_number: 'Бұл телефон нөмірі емес. Оны ел кодымен жазыңыз.',
  webhooks_too_many: 'Бұдан артық мекенжай қосуға болмайды.',
  webhook_url_invalid: 'Бұл URL жарамайды: пайдаланушысыз, құпиясөзсіз және фрагментсіз болуы керек.',
  webhook_url_not_https: 'URL https:// деп басталуы керек.',
  webhook_event_unknown: 'Мұндай оқиға түрі жоқ.',
  webhook_events_missing: 'Кемінде бір оқиға түрі керек.',
  client_invalid: 'Қолданба қабылданбады: {member} {reason}',
  client_exists: 'Мұндай идентификаторы бар қолданба бұрыннан бар.',
  client_read_only: 'Бұл қолданба CLIENTS_FILE файлында: оны сол жерде өзгертіңіз.',
  webhook_description_invalid: '200 таңбадан аспауы және басқару таңбалары болмауы керек.',
};
