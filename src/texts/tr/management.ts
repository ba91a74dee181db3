import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the management API, and the sentences of its refusals. */
export const management: TextsIn<'tr', English['management']> = {
  api_key_needed: {
    title: 'API anahtarı gerekli',
    explanation:
      'Yönetim API’si geçerli bir API anahtarı ister: Authorization: Bearer …. Bilinmeyen, süresi dolmuş veya iptal edilmiş anahtarlar reddedilir. Anahtarları işletmeci komut satırından verir.',
    sentence: 'Geçerli bir API anahtarı gerekli.',
  },
  scope_missing: {
    title: 'Yetki eksik',
    explanation:
      'API anahtarında bu çağrının gerektirdiği yetki yok; scope alanı yetkiyi belirtir. İşletmeci bu yetkiye sahip bir anahtar verebilir.',
    sentence: 'API anahtarında {scope} yetkisi yok.',
  },
  network_not_allowed: {
    title: 'Ağa izin verilmiyor',
    explanation: 'API anahtarı yalnızca belirli ağlardan kullanılabilir; bu istek başka bir ağdan geliyor.',
    sentence: 'Bu API anahtarı sizin ağınızdan kullanılamaz.',
  },
  too_many_key_requests: {
    title: 'Çok fazla istek',
    explanation: 'API anahtarı dakikalık istek hakkını tüketti (Retry-After).',
    sentence: 'Bu API anahtarıyla çok fazla istek yapıldı. {when} yeniden deneyin.',
  },
  idempotency_key_needed: {
    title: 'Idempotency anahtarı gerekli',
    explanation:
      'Yazan her çağrı Idempotency-Key başlığını ister: en fazla 255 karakterlik, örneğin bir UUID; her işlem için yeni, yinelemelerinde aynı.',
    sentence: 'Idempotency-Key başlığını gönderin: en fazla 255 karakter, örneğin tırnak içinde bir UUID.',
  },
  idempotency_key_reused: {
    title: 'Idempotency anahtarı daha önce kullanılmış',
    explanation: 'Aynı Idempotency-Key son bir gün içinde başka bir istekle geldi. Yeni işlem yeni anahtar ister.',
    sentence: 'Bu Idempotency-Key başka bir isteğe ait.',
  },
  verification_ended: {
    title: 'Doğrulama sona erdi',
    explanation:
      'Bir doğrulama; kodu girildiğinde, iptal edildiğinde, on dakika sonra ve beş yanlış koddan sonra sona erer. Yenisini başlatın.',
    sentence: 'Bu doğrulama sona erdi. Yenisini başlatın.',
  },
  request_in_progress: {
    title: 'İstek sürüyor',
    explanation: 'Bu Idempotency-Key ile gelen ilk istek hâlâ sürüyor. Yanıtı yineleyerek alabilirsiniz (Retry-After).',
    sentence: 'Bu Idempotency-Key ile gelen ilk istek hâlâ sürüyor. {when} yeniden deneyin.',
  },
};

/** Sentences about a field of the management API. */
export const managementFields: TextsIn<'tr', English['managementFields']> = {
  unknown_cursor: 'Bu imleç bu listenin hiçbir sayfasına ait değil.',
  block_malformed: 'Bu değer bu türe uymuyor.',
  block_too_wide: 'Bu ağ çok geniş: IPv4 için en az /8, IPv6 için en az /16.',
  end_in_the_past: 'Bitiş gelecekte olmalı.',
  person_unknown: 'Böyle bir kişi yok.',
  time_malformed: 'Bu, 2026-12-31T12:00:00Z gibi bir zaman değil.',
  region_unknown: 'Bu, RU gibi telefon numarası olan bir ülke değil.',
  file_malformed: 'Dosya sonuna kadar okunamıyor. Hatadan önceki kayıtlar içe aktarılmış olabilir.',
  one_filter: 'Aynı anda yalnızca bir süzgeç verilebilir.',
  not_a_phone_number: 'Bu bir telefon numarası değil. Ülke koduyla yazın.',
  webhooks_too_many: 'Daha fazla uç nokta eklenemez.',
  webhook_url_invalid: 'Bu URL uygun değil: kullanıcı, parola ve parça içermemeli.',
  webhook_url_not_https: 'URL https:// ile başlamalı.',
  webhook_event_unknown: 'Böyle bir olay türü yok.',
  webhook_events_missing: 'En az bir olay türü gerekli.',
  client_invalid: 'Uygulama kabul edilmedi: {member} {reason}',
  client_exists: 'Bu kimliğe sahip bir uygulama zaten var.',
  client_read_only: 'Bu uygulama CLIENTS_FILE içinde: orada değiştirilir.',
  webhook_description_invalid: 'En fazla 200 karakter; denetim karakteri olmamalı.',
};
