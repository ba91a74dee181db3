import { DateTime } from '../http/date-time.tsx';
import type { ErasureCertificate } from '../people/erase-person.ts';
import { ConsoleLayout } from './layout.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

/** The certificate of an erasure: what was removed, and what stays until when. It can be printed for the person. */
export function CertificateView({ visit, certificate }: { visit: Visit; certificate: ErasureCertificate }) {
  const { words, language, base } = visit;
  const texts = words.certificate;
  const { removed, kept } = certificate;
  const counts = [
    [texts.sessions, removed.sessions],
    [texts.devices, removed.trusted_devices],
    [texts.messages, removed.messages_anonymized],
  ] as const;
  return (
    <ConsoleLayout reader={visit} title={texts.title} section="number">
      <div class="sheet">
        <p>
          {texts.account} <code>{certificate.account_id}</code>,{' '}
          <DateTime language={language} at={certificate.erased_at} style="moment" />
        </p>
        <h2>{texts.removed}</h2>
        <p>{texts.profile}</p>
        <dl class="facts">
          {counts.map(([name, count]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{count}</dd>
            </div>
          ))}
        </dl>
        <Kept visit={visit} kept={kept} />
        <p>
          <a class="button" href={`${base}/`}>
            {words.form.back}
          </a>
        </p>
      </div>
    </ConsoleLayout>
  );
}

function Kept({ visit: { words, language }, kept }: { visit: Visit; kept: ErasureCertificate['kept'] }) {
  const texts = words.certificate;
  return (
    <>
      <h2>{texts.kept}</h2>
      <DataTable
        caption={texts.kept}
        heads={[texts.record, texts.until]}
        rows={kept.map(({ what, until }) => ({
          key: what,
          cells: [
            texts.records[what],
            until ? (
              <DateTime language={language} at={until} style="day" />
            ) : what === 'block_of_the_number' ? (
              texts.tillRemoved
            ) : (
              texts.forGood
            ),
          ],
        }))}
      />
    </>
  );
}
