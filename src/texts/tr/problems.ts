import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the API, and the sentences of refusals. */
export const problems: TextsIn<'tr', English['problems']> = {
  invalid_request: {
    title: 'Geçersiz veri',
    explanation: 'Bir alan eksik veya geçersiz. Yanıt her alanı ve nasıl düzeltileceğini belirtir.',
  },
  malformed_json: { title: 'JSON değil', explanation: 'İsteğin gövdesi UTF-8 ile yazılmış bir JSON nesnesi değil.' },
  bad_request: { title: 'Hatalı istek', explanation: 'URL, bir başlık veya isteğin gövdesi hatalı.' },
  unauthenticated: {
    title: 'Önce giriş yapın',
    explanation:
      'İstekte belirteç yoktu veya oturumu sona erdi. /api/request-sms/ ve /api/verify-sms/ ile yeni bir belirteç alın ve Authorization: Token … veya Bearer … olarak gönderin.',
  },
  cross_site: {
    title: 'Başka bir sitenin formu',
    explanation: 'Tarayıcıya göre bu formu başka bir site gönderdi. Sayfayı yenileyip tekrar deneyin.',
  },
  not_the_provider: {
    title: 'Geçersiz imza',
    explanation: 'Teslim raporu, adı URL’de bulunan sağlayıcı tarafından imzalanmamış.',
  },
  not_found: { title: 'Bulunamadı', explanation: 'Bu URL’de bir şey yok.' },
  method_not_allowed: {
    title: 'Yönteme izin verilmiyor',
    explanation: 'Bu URL o yönteme izin vermiyor. İzin verilenler Allow başlığındadır.',
  },
  payload_too_large: { title: 'İstek çok büyük', explanation: 'İsteğin gövdesi 16 KiB’den büyük.' },
  uri_too_long: { title: 'URL çok uzun', explanation: 'URL’nin bir bölümü bu hizmetin kullandıklarından uzun.' },
  unsupported_media_type: {
    title: 'JSON gerekli',
    explanation: 'API yalnızca Content-Encoding olmadan Content-Type: application/json kabul eder.',
  },
  internal_error: {
    title: 'Sunucu hatası',
    explanation: 'Sunucuda bir hata oluştu. Hata, istek numarasıyla (instance) günlüktedir.',
  },
  overloaded: {
    title: 'Sunucu aşırı yüklü',
    explanation:
      'Sunucuda çok fazla istek var. Hiçbir şey değişmedi; birkaç saniye sonra tekrar deneyin (Retry-After).',
  },
  unavailable: {
    title: 'Geçici olarak kullanılamıyor',
    explanation: 'Veritabanı yanıt vermiyor. Hiçbir şey değişmedi; birkaç saniye sonra tekrar deneyin (Retry-After).',
  },
  not_a_phone_number: {
    title: 'Telefon numarası değil',
    explanation:
      'Numara okunamadı. +90 532 123 45 67 gibi ülke koduyla yazın veya ülkeyi region_code alanında belirtin.',
    sentence: 'Bu bir telefon numarasına benzemiyor. +90 532 123 45 67 gibi ülke koduyla yazın.',
  },
  mobile_number_needed: {
    title: 'Cep telefonu numarası gerekli',
    explanation:
      'Kodlar yalnızca cep telefonlarına gider. Sabit, ücretsiz, ücretli, kısa ve internet numaraları kullanılamaz.',
    sentence: 'Cep telefonu numarası gerekli: sabit, ücretsiz ve kısa numaralara kod gelmez.',
  },
  country_not_served: {
    title: 'Bu ülkeye hizmet verilmiyor',
    explanation: 'Bu ülkenin numaralarına kod gönderilmez. Ülkeleri hizmetin sahibi belirler (SMS_COUNTRIES).',
    sentence: 'Bu ülkenin numaralarına kod gönderilmiyor: {country}.',
    withoutCountry: 'Uydu ve uluslararası numaralara ({country}) kod gönderilmiyor.',
  },
  wrong_code: {
    title: 'Yanlış kod',
    explanation:
      'Kod yanlış, süresi dolmuş, kullanılmış veya bu istemci tarafından istenmemiş. Kod, isteyen istemci için on dakika ve bir kez geçerlidir; beş deneme hakkı vardır. Yenisini isteyin.',
    sentence: 'Kod yanlış veya süresi dolmuş.',
    left: { one: 'Yanlış kod. {count} deneme hakkınız kaldı.', other: 'Yanlış kod. {count} deneme hakkınız kaldı.' },
    noneLeft: 'Yanlış kod. Deneme hakkınız kalmadı: yeni bir kod isteyin.',
  },
  too_many_messages: {
    title: 'Çok fazla mesaj',
    explanation:
      'Bir numara, tüm istemcilerden toplam saatte en fazla beş, günde en fazla on mesaj alır. Her istemci 30, 60, sonra 120 saniye bekler. IP adresinin de bir sınırı vardır. Retry-After ne zaman deneneceğini belirtir.',
    sentence: 'Çok sık istendi. Yeni mesajı {when} isteyebilirsiniz.',
    shared: 'Bu numara alabileceği kadar mesaj aldı. Yeni mesajı {when} isteyebilirsiniz.',
  },
  sending_busy: {
    title: 'Bekleyen çok fazla mesaj var',
    explanation:
      'O kadar çok mesaj bekliyor ki kod çok geç gelirdi. Hiçbir şey gönderilmedi veya sayılmadı. Retry-After ne zaman deneneceğini belirtir.',
    sentence: 'Şu anda kod gönderemiyoruz. {when} tekrar deneyin.',
  },
  daily_max: {
    title: 'Bugün başka mesaj yok',
    explanation:
      'Hizmet bugün başka kod göndermiyor: sahibinin bir gün için izin verdiği kadar mesaj gönderildi (SMS_DAILY_MAX) veya çok fazla yanlış kod girildi. Yeni gün UTC gece yarısı başlar. Bu numarayla daha önce giriş yapılmış bir cihaz yine de kod alabilir. Retry-After ne zaman deneneceğini belirtir.',
    sentence: 'Şu anda kod gönderemiyoruz. {when} tekrar deneyin.',
  },
  too_many_guesses: {
    title: 'Çok fazla deneme',
    explanation:
      'Bir ağdan, orada istenmemiş çok fazla kod veya bir test numarası için çok fazla yanlış kod girildi. Retry-After ne zaman deneneceğini belirtir.',
    sentence: 'Çok fazla deneme. {when} tekrar deneyin.',
  },
  number_locked: {
    title: 'Bu numarayla giriş duraklatıldı',
    explanation:
      'Bu numara için art arda çok fazla yanlış kod girildi. Yalnızca bu numarayla daha önce giriş yapılmış bir cihaz yeni kod alır; orada giriş yapmak veya hizmetin sahibi duraklatmayı sona erdirir.',
    sentence:
      'Çok fazla yanlış kod girildiği için bu numarayla giriş duraklatıldı. Daha önce kullandığınız bir cihazda giriş yapın veya desteğe yazın.',
  },
  number_not_served: {
    title: 'Numara desteklenmiyor',
    explanation:
      'Bu numaraya kod gönderilmiyor: işletmeci numarayı veya içinde bulunduğu aralığı hariç tuttu. Bu, bir hesap olup olmadığını göstermez.',
    sentence: 'Bu numaraya kod gönderilmiyor. Başka bir numara girin veya desteğe yazın.',
  },
  network_blocked: {
    title: 'Ağ engellendi',
    explanation: 'İşletmeci, isteğin geldiği ağı engelledi. Başka ağlardan giriş yapılabilir.',
    sentence: 'Ağınızdan gelen istekler kabul edilmiyor. Başka bir ağ deneyin veya desteğe yazın.',
  },
  account_blocked: {
    title: 'Hesap engellendi',
    explanation: 'Kod doğruydu, ancak hesap engellenmiş. İşletmeci engeli kaldırabilir.',
    sentence: 'Hesabınız engellendi. Desteğe yazın.',
  },
  redeem_blocked: {
    title: 'Davet kullanımı engellendi',
    explanation: 'İşletmeci, kişinin numarasını veya içinde bulunduğu aralığı engelledi.',
    sentence: 'Numaranızla davet kodu kullanılamaz. Desteğe yazın.',
  },
  challenge_needed: { sentence: 'Kod isteğinin yanıtındaki challenge değerini gönderin.' },
  unknown_region: { sentence: 'TR gibi iki harfli bir ülke kodu girin.' },
  invite_code_malformed: {
    title: 'Davet kodu değil',
    explanation:
      'Davet kodu KX3RT7 gibi altı ila dokuz karakterden, rakam ve ünsüzlerden oluşur. Büyük-küçük harf, boşluk ve klavye düzeni önemli değildir.',
    sentence: 'Davet kodu altı ila dokuz karakterden, rakam ve harflerden oluşur.',
  },
  invite_code_unknown: {
    title: 'Böyle bir kod yok',
    explanation: 'Bu davet kodu kimseye ait değil. Sizi davet eden kişiye sorun.',
    sentence: 'Böyle bir davet kodu yok.',
  },
  invite_code_own: {
    title: 'Bu sizin kendi kodunuz',
    explanation: 'Kendi kodunuz başkaları içindir: siz kullanamazsınız.',
    sentence: 'Kendi davet kodunuzu kullanamazsınız.',
  },
  invite_code_already_redeemed: {
    title: 'Zaten bir kod kullanıldı',
    explanation: 'Yalnızca bir kod, bir kez kullanılabilir ve değiştirilemez.',
    sentence: 'Zaten başka bir davet kodu kullandınız.',
  },
  invite_code_circle: {
    title: 'Davetler bir döngü oluştururdu',
    explanation: 'Bu kişiyi siz veya davet ettiğiniz biri davet etti.',
    sentence: 'Bu kişiyi siz veya davet ettiğiniz biri davet etti.',
  },
  invite_not_working: {
    title: 'Davet çalışmıyor',
    explanation: 'Böyle bir davet yok veya sahibi hesabını sildi. Davetsiz de kaydolabilirsiniz.',
    sentence: 'Böyle bir davet yok veya sahibi hesabını sildi. Davetsiz de kaydolabilirsiniz.',
  },
  too_many_redeem_attempts: {
    title: 'Çok fazla deneme',
    explanation: 'Saatte en fazla yüz davet kodu denenebilir. Retry-After ne zaman deneneceğini belirtir.',
    sentence: 'Çok fazla deneme. {when} tekrar deneyin.',
  },
  recent_sign_in_required: {
    title: 'Yeni bir kod gerekli',
    explanation:
      'Hesap yalnızca girişten sonraki beş dakika içinde silinebilir. Yeniden giriş yapıp isteği tekrarlayın.',
    sentence: 'Hesap yalnızca girişten sonraki beş dakika içinde silinebilir. Yeniden giriş yapıp tekrar deneyin.',
  },
  too_many_profile_attempts: {
    title: 'Çok fazla deneme',
    explanation:
      'Başkalarına ait kullanıcı adları ve e-posta adresleri saatte en fazla yirmi kez denenebilir. Retry-After ne zaman deneneceğini belirtir.',
    sentence: 'Çok fazla deneme. {when} tekrar deneyin.',
  },
  username_taken: { sentence: 'Bu kullanıcı adı veya çok benzeri zaten alınmış.' },
  username_invalid: {
    sentence: 'Harf, rakam ve klavye işaretleri kullanın: emoji ve görünmez karakter olmasın, yazı tek yönlü olsun.',
  },
  email_taken: { sentence: 'Bu e-posta adresi başka bir kullanıcıya ait.' },
  email_invalid: { sentence: 'Geçerli bir e-posta adresi girin.' },
  control_characters: { sentence: 'Denetim karakterlerini kaldırın.' },
};

/** The sentences about a field. */
export const validation: TextsIn<'tr', English['validation']> = {
  required: 'Bu alan zorunludur.',
  blank: 'Bu alan boş bırakılamaz.',
  notAString: 'Metin gerekli.',
  notAnObject: 'JSON nesnesi gerekli.',
  tooLong: { one: 'En fazla {count} karakter.', other: 'En fazla {count} karakter.' },
  email: 'Geçerli bir e-posta adresi girin.',
  controlCharacters: 'Denetim karakterlerini kaldırın.',
  regionCode: 'TR gibi iki harfli bir ülke kodu girin.',
  unknown: 'Böyle bir alan yok.',
  generic: 'Bu değer geçersiz.',
};

/** The sentences about a missing or invalid token. */
export const credentials: TextsIn<'tr', English['credentials']> = {
  missing: 'Kimlik bilgileri gönderilmedi.',
  invalid: 'Geçersiz belirteç.',
};
