import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts of the pages about invites. */
export const invites: TextsIn<'tr', English['invites']> = {
  redeemTitle: 'Sizi biri davet etti mi?',
  redeemLabel: 'Davet kodu',
  redeemHint: 'Altı ila dokuz karakter. Bağlantının tamamı da olur.',
  redeemFull: 'Sizi davet eden kişi numaranızın tamamını görecek.',
  redeemMasked: 'Sizi davet eden kişi numaranızı bazı rakamları gizli olarak görecek.',
  redeemOnce: 'Bu yalnızca bir kez yapılabilir; kod sonradan değiştirilemez.',
  redeem: 'Daveti kabul et',
  redeemedTitle: 'Davetle geldiniz',
  redeemedText: 'Kabul edilen kod',
  offered: 'Açtığınız bağlantıdan alındı.',
  decline: 'Daveti reddet',
  toProfile: 'Profilinize gidin',
  signedInAlready: 'Zaten giriş yaptınız; yeniden kaydolmanız gerekmez.',
  inviteOthers: 'Kendi bağlantınızla davet edin',
  qrCode: 'Bağlantının QR kodu: {link}',
  brokenTitle: 'Bu davet çalışmıyor',
  brokenText: 'Böyle bir davet yok veya sahibi hesabını sildi.',
  brokenLimited:
    'Ağınızdan çalışmayan çok fazla davet açıldı, bu yüzden bunu şu anda kontrol edemiyoruz. Bağlantıyı {when} yeniden açın.',
  linkEyebrow: 'Davet bağlantısı',
  linkTitle: {
    redeem: 'Davet edildiniz',
    share_own: 'Bu sizin bağlantınız',
    nothing_redeemed: 'Zaten kabul edildi',
    nothing_redeemed_another: 'Daha önce davet edildiniz',
    nothing_circle: 'Önce siz davet ettiniz',
  },
  linkText: {
    redeem: 'Zaten giriş yaptınız. Bu kodu kabul edebilirsiniz: sahibi, onunla geldiğinizi görecek.',
    share_own: 'Bu sizin kendi kodunuz. Bağlantıyı arkadaşlarınıza gönderin; kendiniz kabul edemezsiniz.',
    nothing_redeemed: 'Bu daveti zaten kabul ettiniz. Başka bir şey yapmanız gerekmiyor.',
    nothing_redeemed_another:
      'Zaten başka bir daveti kabul ettiniz: {code}. Yalnızca biri kabul edilebilir ve değiştirilemez.',
    nothing_circle: 'Bu kodun sahibini siz veya davet ettiğiniz biri davet etti. Onun davetini kabul edemezsiniz.',
  },
};

/** The texts of the pages of an account. */
export const profile: TextsIn<'tr', English['profile']> = {
  title: 'Arkadaşlarınız için davetiye',
  ticketText: 'Bağlantıyı arkadaşlarınıza gönderin. Kaydolurken kodunuz kendiliğinden doldurulur.',
  linkLabel: 'Bağlantınız',
  copyLink: 'Kopyala',
  copied: 'Bağlantı kopyalandı.',
  notCopied: 'Olmadı. Bağlantıyı seçip kendiniz kopyalayın.',
  share: 'Paylaş',
  shareText: 'Sizi davet ediyorum. Kodum bağlantıda:',
  invitedTitle: 'Davet ettikleriniz',
  invitedNone: 'Davet ettiğiniz kişiler burada görünecek.',
  invitedCount: { one: '{count} kişi', other: '{count} kişi' },
  invitedMore: 'Daha fazla göster',
  invitedFirst: 'Listenin başına dön',
  profileTitle: 'Profil',
  profileHint: 'Tüm alanlar isteğe bağlıdır. Silmek için alanı boş bırakın.',
  username: 'Kullanıcı adı',
  first_name: 'Ad',
  last_name: 'Soyadı',
  email: 'E-posta',
  save: 'Kaydet',
  sections: 'Sayfanın bölümleri',
  securityTitle: 'Güvenlik',
  securityText:
    'Numaranıza gönderdiğimiz kodla giriş yaparsınız. Kodu kimseyle paylaşmayın: biz sizden asla istemeyiz.',
  signOut: 'Bu cihazda çıkış yap',
  dataTitle: 'Verileriniz',
  dataText: 'Profiliniz, cihazlarınız, davetleriniz, mesajlarınız ve girişleriniz tek bir dosyada (JSON).',
  download: 'Verilerimi indir',
  delete: 'Hesabı sil',
  deleteEyebrow: 'Kalıcı olarak',
  deleteTitle: 'Hesabınız silinsin mi?',
  deleteText: [
    'Numaranızı, adınızı, e-postanızı ve cihazlarınızı sileriz. Tüm oturumlar hemen sona erer ve davet kodunuz çalışmaz olur. Bu geri alınamaz.',
    'Sizi davet eden kişi artık numaranızı görmez. Bu numarayla yeniden kaydolabilirsiniz.',
  ],
  keptTitle: 'Neler, ne kadar süreyle kalır',
  keptMessages: {
    one: 'Gönderilen mesajlar, numaranız olmadan: {count} gün.',
    other: 'Gönderilen mesajlar, numaranız olmadan: {count} gün.',
  },
  keptAudit: {
    one: 'Gizlenmiş numaranız, IP adresleri ve cihazlarla güvenlik kaydı: {count} gün.',
    other: 'Gizlenmiş numaranız, IP adresleri ve cihazlarla güvenlik kaydı: {count} gün.',
  },
  kept: [
    'Sınırlar aşılamasın diye kod sayaçlarında numaranız: en çok 25 saat; son girişten sonra yanlış kod girildiyse bir yıl.',
    'Davet edildiyseniz: numaranızın ve davet edenin, ikisini de ele vermeyen bir özeti (hash): 365 gün.',
    'Davet kodunuz ve davetler arasındaki yeriniz, sizinle ilgili veri olmadan: süresiz; kod başkasına verilmez.',
  ],
  deleteNow: 'Kalıcı olarak sil',
  freshCodeTitle: 'Siz olduğunuzu doğrulayın',
  freshCodeText: 'Giriş yapalı beş dakikadan fazla oldu. Hesabı silmek için yeni bir kod girin.',
  freshCode: 'Kod al',
  keep: 'Hesabımı koru',
  logoutEyebrow: 'Görüşmek üzere',
  logoutTitle: 'Hesaptan çıkılsın mı?',
  logoutWho: 'Giriş yapılan numara:',
  logoutText: 'Diğer cihazlarınızda oturumunuz açık kalır. Buraya yeniden girmek için SMS ile yeni bir kod gerekecek.',
  logout: 'Çıkış yap',
  stay: 'Kal',
  notices: {
    profile_saved: 'Kaydedildi.',
    invite_redeemed: 'Davet kabul edildi.',
    session_ended: 'Oturum sonlandırıldı.',
    session_over_before: 'Bu oturum zaten sona ermişti.',
    others_ended: 'Diğer tüm oturumlar sonlandırıldı.',
    no_others: 'Başka oturum yoktu.',
    invite_declined: 'Davet reddedildi.',
    invite_not_redeemed: 'Kaydoldunuz. Bağlantıdaki davet artık çalışmadığı için kabul edilmedi.',
  },
};

/** The texts of the list of devices. */
export const sessions: TextsIn<'tr', English['sessions']> = {
  title: 'Cihazlar',
  unknownDevice: 'Bilinmeyen cihaz',
  current: 'Bu cihaz',
  since: 'Giriş:',
  lastUsed: 'Son etkinlik:',
  end: 'Çıkış yap',
  endOthers: 'Diğer tüm cihazlarda çıkış yap',
  anotherAccountTitle: 'Başka bir numarayla giriş yaptınız',
  anotherAccountText:
    'Bu sayfa başka bir hesap için açılmıştı ve bu tarayıcıda sonradan başka bir numarayla giriş yapıldı. Hiçbir şey değiştirilmedi.',
};
