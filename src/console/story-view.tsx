import { DateTime } from '../http/date-time.tsx';
import { formatPhoneNumber } from '../kit/phone-number.ts';
import type { NumberStory } from '../people/number-story.ts';
import { type ToldStory, tellStory } from '../people/tell-story.ts';
import { countryText, formatMoney } from './format.ts';
import { ConsoleLayout } from './layout.tsx';
import { NumberActs } from './number-acts-view.tsx';
import { Shown } from './shown.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

/** The props of the story of a number. */
export interface StoryProps {
  visit: Visit;
  story: NumberStory;
  /** The reason of the look, which the forms of the page carry on. */
  reason: string;
}

/** The story of a number in clear: why no code came, the person, what happened, and the acts. */
export function StoryView({ visit, story, reason }: StoryProps) {
  const { words, language } = visit;
  const texts = words.number;
  const { reasons, events, limits } = tellStory(story, words.story);
  return (
    <ConsoleLayout reader={visit} title={formatPhoneNumber(story.phoneNumber)} section="number">
      <p class="hint">
        {countryText(language, story.country)}. {texts.recorded}
      </p>
      <section class="sheet" aria-labelledby="why-title">
        <h2 id="why-title">{texts.whyTitle}</h2>
        {reasons.length === 0 ? (
          <p>{texts.allGood}</p>
        ) : (
          <ul class="sentences">
            {reasons.map((sentence) => (
              <li key={sentence}>
                <Shown text={sentence} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <Limits visit={visit} limits={limits} />
      <PersonFacts visit={visit} story={story} />
      <NumberActs visit={visit} story={story} reason={reason} />
      <Events visit={visit} events={events} />
      <Messages visit={visit} story={story} />
      <Devices visit={visit} story={story} />
    </ConsoleLayout>
  );
}

type Part = Pick<StoryProps, 'visit' | 'story'>;

function Limits({ visit: { words, language }, limits }: Pick<StoryProps, 'visit'> & Pick<ToldStory, 'limits'>) {
  if (limits.length === 0) return null;
  return (
    <section class="sheet" aria-labelledby="limits-title">
      <h2 id="limits-title">{words.number.limitsTitle}</h2>
      <ul class="sentences">
        {limits.map(({ text, ends }) => (
          <li key={text}>
            {text}{' '}
            {ends && (
              <strong>
                {words.story.limits.until} <DateTime language={language} at={ends} style="exact" />
              </strong>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function PersonFacts({ visit: { words, language }, story: { person, guests } }: Part) {
  const texts = words.number;
  if (!person) return <p class="sheet">{texts.noAccount}</p>;
  const facts: [string, string][] = [
    [texts.id, person.id],
    [texts.name, [person.first_name, person.last_name].filter(Boolean).join(' ')],
    [texts.username, person.username ?? ''],
    [texts.email, person.email ?? ''],
    [texts.externalId, person.external_id ?? ''],
    [texts.inviteCode, person.invite_code],
    [texts.invited, String(person.invited_count)],
    [texts.invitedBy, person.inviter_id ?? ''],
    [texts.lastGuest, guests[0] ? guests[0].redeemed_at.toISOString().slice(0, 10) : ''],
  ];
  return (
    <section class="sheet" aria-labelledby="person-title">
      <h2 id="person-title">{texts.person}</h2>
      <dl class="facts">
        <div>
          <dt>{texts.since}</dt>
          <dd>
            <DateTime language={language} at={person.created_at} style="moment" />
            {person.is_unproven && ` (${texts.unproven})`}
          </dd>
        </div>
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Shown text={value} />
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function Events({ visit: { words, language }, events }: Pick<StoryProps, 'visit'> & Pick<ToldStory, 'events'>) {
  return (
    <section class="sheet" aria-labelledby="events-title">
      <h2 id="events-title">{words.number.events}</h2>
      {events.length === 0 && <p class="hint">{words.form.none}</p>}
      <ol class="sentences">
        {events.toReversed().map(({ at, what }, index) => (
          <li key={index}>
            <DateTime language={language} at={at} style="exact" /> <Shown text={what} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Messages({ visit: { words, language }, story: { messages } }: Part) {
  const texts = words.number;
  return (
    <div class="sheet">
      <h2>{words.nav.messages}</h2>
      <DataTable
        caption={words.nav.messages}
        empty={words.form.none}
        heads={[texts.asked, texts.provider, texts.state, texts.receipt, texts.used, texts.price, texts.answer]}
        rows={messages.toReversed().map((message) => ({
          key: message.id,
          cells: [
            <DateTime language={language} at={message.requested_at} style="exact" />,
            <Shown text={`${message.provider}, ${message.channel}`} />,
            texts.states[message.state],
            message.delivered_at ? <DateTime language={language} at={message.delivered_at} style="clock" /> : '',
            message.completed_at ? <DateTime language={language} at={message.completed_at} style="clock" /> : '',
            message.price && message.currency
              ? formatMoney(language, new Map([[message.currency, BigInt(message.price)]]))
              : '',
            <Shown text={[message.error, message.reason].filter(Boolean).join(': ')} />,
          ],
        }))}
      />
    </div>
  );
}

function Devices({ visit: { words, language }, story: { devices } }: Part) {
  const texts = words.number;
  return (
    <div class="sheet">
      <h2>{texts.devices}</h2>
      <DataTable
        caption={texts.devices}
        empty={words.form.none}
        heads={[texts.device, texts.address, texts.since, texts.lastUsed]}
        rows={devices.map((device) => ({
          key: device.id,
          cells: [
            <Shown text={device.device} />,
            <Shown text={device.address} />,
            <DateTime language={language} at={device.created_at} style="moment" />,
            <DateTime language={language} at={device.last_used_at} style="moment" />,
          ],
        }))}
      />
    </div>
  );
}
