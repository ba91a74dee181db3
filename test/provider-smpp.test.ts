import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { PDU, type Session } from 'smpp';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import type { Provider, Receipt, SendError, Sent } from '../src/sms/provider.ts';
import { pduBytes, pduReader } from '../src/sms/smpp/pdu.ts';
import { parseReport } from '../src/sms/smpp/report.ts';
import { splitText } from '../src/sms/smpp/text.ts';
import { relativeTime, type SmppSettings, smppProvider, sourceOf } from '../src/sms/smpp.ts';
import { deepTest } from './support/depth.ts';
import {
  accept,
  cert,
  type FakeSmsc,
  refuse,
  type SmscBehavior,
  startFakeSmsc,
  waitUntil,
} from './support/fake-smsc.ts';
import { message } from './support/provider-contract.ts';

const never = new AbortController().signal;
const short = { ...message, text: 'Your code is 123456' };

function opened(context: TestContext, port: number, more: Partial<SmppSettings> = {}): Provider {
  const provider = smppProvider({
    host: '127.0.0.1',
    port,
    tls: false,
    systemId: 'vouch',
    password: 'pa55word',
    sourceAddress: 'Vouch',
    ...more,
  });
  context.after(() => provider.close());
  return provider;
}

/** An SMSC, and a provider that is bound to it. */
async function both(
  context: TestContext,
  manners: SmscBehavior = {},
  more: Partial<SmppSettings> = {},
): Promise<{ server: FakeSmsc; provider: Provider; told: Receipt[] }> {
  const server = await startFakeSmsc(context, manners);
  const provider = opened(context, server.port, more);
  const told: Receipt[] = [];
  provider.onReceipt!((receipt) => told.push(receipt));
  if (manners.bind === undefined && !manners.deafTo?.includes('bind_transceiver')) {
    await waitUntil(() => server.of('bind_transceiver').length === 1, 'a bind');
  }
  return { server, provider, told };
}

function assertFailed(sent: Sent, error: SendError): void {
  assert.equal(sent.ok, false, 'it was taken as accepted');
  if (sent.ok) return;
  assert.equal(sent.error, error, sent.reason);
  assert.ok(sent.reason.length > 0 && sent.reason.length <= 200);
  assert.doesNotMatch(sent.reason, /123456|9161234567|pa55word/);
}

test('smpp: an accepted message is submitted as specified, once, and has its reference', async (t) => {
  const { server, provider } = await both(t, {}, { systemType: 'OTP' });
  assert.deepEqual(await provider.send(short, never), { ok: true, reference: 'm1', segments: 1 });
  const [bind] = server.of('bind_transceiver');
  assert.deepEqual(
    [bind!.system_id, bind!.password, bind!.system_type, bind!.interface_version],
    ['vouch', 'pa55word', 'OTP', 0x34],
  );
  const [submit, ...more] = server.of('submit_sm');
  assert.deepEqual(more, []);
  assert.deepEqual([submit!.source_addr_ton, submit!.source_addr_npi, submit!.source_addr], [5, 0, 'Vouch']);
  assert.deepEqual([submit!.dest_addr_ton, submit!.dest_addr_npi, submit!.destination_addr], [1, 1, '79161234567']);
  assert.deepEqual([submit!.registered_delivery, submit!.data_coding, submit!.esm_class], [1, 0, 0]);
  const validFor = (submit!.validity_period as Date).getTime() - Date.now();
  assert.ok(Math.abs(validFor - 600_000) < 5000, `${validFor} ms`);
});

test('smpp: a sender is named by its form, and a time of validity is relative', () => {
  const forms: [address: string, ton: number, npi: number, sent: string][] = [
    ['Vouch', 5, 0, 'Vouch'],
    ['4u', 5, 0, '4u'],
    ['+79161234567', 1, 1, '79161234567'],
    ['79161234567', 1, 1, '79161234567'],
    ['1234', 3, 0, '1234'],
  ];
  for (const [address, ton, npi, sent] of forms) {
    assert.deepEqual(sourceOf(address), { source_addr_ton: ton, source_addr_npi: npi, source_addr: sent });
  }
  assert.equal(relativeTime(600), '000000001000000R');
  assert.equal(relativeTime(90_061.2), '000001010102000R');
  assert.equal(relativeTime(0), '000000000001000R');
  assert.equal(relativeTime(1e9), '000028000000000R');
});

const errors: [status: number, name: string, error: SendError][] = [
  [0x58, 'ESME_RTHROTTLED', 'throttled'],
  [0x14, 'ESME_RMSGQFUL', 'throttled'],
  [0x0b, 'ESME_RINVDSTADR', 'rejected'],
  [0x50, 'ESME_RINVDSTTON', 'rejected'],
  [0x51, 'ESME_RINVDSTNPI', 'rejected'],
  [0x01, 'ESME_RINVMSGLEN', 'rejected'],
  [0x0a, 'ESME_RINVSRCADR', 'refused'],
  [0x45, 'ESME_RSUBMITFAIL', 'refused'],
  [0x15, 'ESME_RINVSERTYP', 'refused'],
  [0x412, 'command_status 0x00000412', 'refused'],
  [0x08, 'ESME_RSYSERR', 'unavailable'],
  [0x04, 'ESME_RINVBNDSTS', 'unavailable'],
];

test('smpp: each command_status has its class of error, and is asked once', async (t) => {
  let status = 0;
  const { server, provider } = await both(t, { submit: (pdu, session) => refuse(session, pdu, status) });
  for (const [at, [one, name, error]] of errors.entries()) {
    status = one;
    const sent = await provider.send(short, never);
    assertFailed(sent, error);
    assert.equal(!sent.ok && sent.reason, name);
    assert.equal(server.of('submit_sm').length, at + 1);
  }
});

test('smpp: a generic_nack is no acceptance', async (t) => {
  const { provider } = await both(t, {
    submit: (pdu, session) => {
      session.send(new PDU('generic_nack', { sequence_number: pdu.sequence_number, command_status: 3 }));
    },
  });
  assertFailed(await provider.send(short, never), 'refused');
});

test('smpp: a number that is none and a text that has no end are rejected unsent', async (t) => {
  const { server, provider } = await both(t);
  assertFailed(await provider.send({ ...short, to: 'a@b.example' as PhoneNumber }, never), 'rejected');
  assertFailed(await provider.send({ ...short, text: '' }, never), 'rejected');
  assertFailed(await provider.send({ ...short, text: 'ж'.repeat(67 * 255 + 1) }, never), 'rejected');
  assert.deepEqual(server.of('submit_sm'), []);
});

test('smpp: silence after a submission is unknown, when patience ends; a later response does no harm', async (t) => {
  const late: [PDU, Session][] = [];
  const { provider } = await both(t, { submit: (pdu, session) => late.push([pdu, session]) }, { window: 2 });
  const begun = performance.now();
  assertFailed(await provider.send(short, AbortSignal.timeout(100)), 'unknown');
  assert.ok(performance.now() - begun < 1000);
  const [pdu, session] = late.shift()!;
  accept(session, pdu, 'late');
  accept(session, pdu, 'later');
  const next = provider.send(short, never);
  await waitUntil(() => late.length === 1, 'the next submission');
  accept(late[0]![1], late[0]![0], 'm2');
  assert.deepEqual(await next, { ok: true, reference: 'm2', segments: 1 });
});

test('smpp: a connection that is reset after a submission is unknown', async (t) => {
  const { provider } = await both(t, { submit: (_, session) => void session.socket.resetAndDestroy() });
  assertFailed(await provider.send(short, never), 'unknown');
});

test('smpp: an SMSC that unbinds is answered, and what waits is unknown', async (t) => {
  const { server, provider } = await both(t, {
    submit: (_, session) => void session.send(new PDU('unbind', {})),
  });
  assertFailed(await provider.send(short, never), 'unknown');
  await waitUntil(() => server.of('unbind_resp').length === 1, 'an answer');
});

test('smpp: an SMSC that is not there is unavailable, at once from the second message on', async (t) => {
  const server = await startFakeSmsc(t);
  await server.close();
  const provider = opened(t, server.port);
  assertFailed(await provider.send(short, never), 'unavailable');
  const begun = performance.now();
  assertFailed(await provider.send(short, never), 'unavailable');
  assert.ok(performance.now() - begun < 50);
  assertFailed(await opened(t, 99_999).send(short, never), 'unavailable');
  assertFailed(await opened(t, server.port, { tls: true, ca: 'no PEM' }).send(short, never), 'unavailable');
});

test('smpp: an SMSC that answers no bind is unavailable', async (t) => {
  const { provider } = await both(t, { deafTo: ['bind_transceiver'] });
  assertFailed(await provider.send(short, AbortSignal.timeout(100)), 'unavailable');
});

test('smpp: TLS carries messages to whom the certificate names', async (t) => {
  const { provider } = await both(t, { tls: true }, { tls: true, ca: cert });
  assert.deepEqual(await provider.send(short, never), { ok: true, reference: 'm1', segments: 1 });
});

test('smpp: TLS that fails is unavailable, and nothing was said', async (t) => {
  const plain = await startFakeSmsc(t);
  assertFailed(await opened(t, plain.port, { tls: true }).send(short, AbortSignal.timeout(200)), 'unavailable');
  const stranger = await startFakeSmsc(t, { tls: true });
  assertFailed(await opened(t, stranger.port, { tls: true }).send(short, never), 'unavailable');
  assert.deepEqual([...plain.asked, ...stranger.asked], []);
});

test('smpp: a stop cuts off what is under way', async (t) => {
  const stop = new AbortController();
  const { server, provider } = await both(t, { submit: () => stop.abort() });
  assertFailed(await provider.send(short, stop.signal), 'unknown');
  assertFailed(await provider.send(short, AbortSignal.abort()), 'unavailable');
  assert.equal(server.of('submit_sm').length, 1);
});

test('smpp: no more messages wait for a response than the window has places', async (t) => {
  const waiting: [PDU, Session][] = [];
  const { server, provider } = await both(t, { submit: (pdu, session) => waiting.push([pdu, session]) }, { window: 3 });
  const sendings = Array.from({ length: 8 }, () => provider.send(short, never));
  const cut = provider.send(short, AbortSignal.timeout(30));
  await waitUntil(() => waiting.length === 3, 'a full window');
  assertFailed(await cut, 'unavailable');
  for (let answered = 0; answered < 8; answered += 1) {
    await waitUntil(() => waiting.length > 0, 'the next');
    assert.ok(server.of('submit_sm').length <= answered + 3);
    const [pdu, session] = waiting.shift()!;
    accept(session, pdu, `w${answered}`);
  }
  const references = (await Promise.all(sendings)).map((sent) => sent.ok && sent.reference);
  assert.deepEqual(new Set(references).size, 8);
  assert.equal(server.of('submit_sm').length, 8, 'the one that was cut off was never submitted');
});

test('smpp: a link that breaks is opened anew, and the next message waits for it', async (t) => {
  const sockets: Socket[] = [];
  const collect = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
  subscribe('net.client.socket', collect);
  t.after(() => unsubscribe('net.client.socket', collect));
  const { server, provider } = await both(t);
  assert.ok((await provider.send(short, never)).ok);
  // A message that is written before the reset is read is `unknown`, so the test waits for the end of the client's socket.
  const client = sockets.find((socket) => socket.remotePort === server.port)!;
  const closed = new Promise((resolve) => client.once('close', resolve));
  const begun = performance.now();
  server.drop();
  await closed;
  assert.deepEqual(await provider.send(short, never), { ok: true, reference: 'm2', segments: 1 });
  assert.ok(performance.now() - begun >= 490, 'it did not come back at once');
  assert.equal(server.of('bind_transceiver').length, 2);
});

test('smpp: the link is asked after, and the SMSC is answered when it asks', async (t) => {
  const { server, provider } = await both(t, {}, { enquireLinkSeconds: 0.03 });
  await waitUntil(() => server.of('enquire_link').length >= 3, 'three questions');
  assert.equal(server.of('bind_transceiver').length, 1, 'a link that answers is kept');
  assert.equal((await server.ask('enquire_link')).command, 'enquire_link_resp');
  const nack = await server.ask('query_sm', { message_id: '1' });
  assert.deepEqual([nack.command, nack.command_status], ['generic_nack', 3]);
  assert.ok((await provider.send(short, never)).ok);
});

test('smpp: a link on which nothing comes is dead: what waits is unknown, and another is opened', async (t) => {
  const { server, provider } = await both(t, { deafTo: ['enquire_link', 'submit_sm'] }, { enquireLinkSeconds: 0.05 });
  const begun = performance.now();
  assertFailed(await provider.send(short, never), 'unknown');
  assert.ok(performance.now() - begun < 500);
  await waitUntil(() => server.of('bind_transceiver').length === 2, 'another bind');
});

test('smpp: a wrong password is refused, and not tried again and again', async (t) => {
  for (const [bind, error] of [
    [0x0e, 'refused'],
    [0x0f, 'refused'],
    [0x0d, 'refused'],
    [0x08, 'unavailable'],
  ] as const) {
    const { server, provider } = await both(t, { bind });
    for (let one = 0; one < 5; one += 1) assertFailed(await provider.send(short, never), error);
    await pause(30);
    assert.equal(server.of('bind_transceiver').length, 1);
    assert.deepEqual(server.of('submit_sm'), []);
  }
});

const texts: [title: string, text: string, coding: number, segments: number][] = [
  ['GSM-7', 'Ä @£$_§ Δ \n é', 0, 1],
  ['GSM-7 of 160', 'a'.repeat(160), 0, 1],
  ['GSM-7 of 161', 'a'.repeat(161), 0, 2],
  ['GSM-7 whose extension counts two', `${'a'.repeat(159)}€`, 0, 2],
  ['GSM-7 with an escape at the cut', `${'a'.repeat(152)}€${'b'.repeat(20)}[]{}~^|\\`, 0, 2],
  ['UCS-2', message.text, 8, 1],
  ['UCS-2 of 70', 'ж'.repeat(70), 8, 1],
  ['UCS-2 of 71', 'ж'.repeat(71), 8, 2],
  ['UCS-2 with a pair at the cut', `${'ж'.repeat(66)}😀${'ы'.repeat(66)}`, 8, 3],
  ['an escape that is a character', '\x1b', 8, 1],
];

test('smpp: the SMSC joins the parts of a text to that text', async (t) => {
  const { server, provider } = await both(t);
  for (const [title, text, coding, segments] of texts) {
    const before = server.of('submit_sm').length;
    const sent = await provider.send({ ...short, text }, never);
    const parts = server.of('submit_sm').slice(before);
    assert.deepEqual(sent, { ok: true, reference: `m${before + segments}`, segments }, title);
    assert.ok(
      parts.every((part) => part.data_coding === coding && part.registered_delivery === 1),
      title,
    );
    assert.equal(joined(parts), text, title);
  }
});

/** The text of parts, as an SMSC reads it. */
function joined(parts: readonly PDU[]): string {
  const read = parts.map((part) => part.short_message as { message: string; udh?: Buffer[] });
  if (parts.length === 1) assert.equal(parts[0]!.esm_class, 0);
  else {
    const reference = read[0]!.udh![0]![2];
    for (const [at, { udh }] of read.entries()) {
      assert.equal(parts[at]!.esm_class, 0x40);
      assert.deepEqual(
        udh!.map((one) => [...one]),
        [[0, 3, reference, parts.length, at + 1]],
      );
    }
  }
  return read.map((one) => one.message).join('');
}

test('smpp: splitting any text and joining it gives the text, and no part is over its bound', () => {
  const alphabet = fc.constantFrom(...'aZ09 @Δ\n€[]{}~^|\\\f');
  const any = fc.oneof(
    fc.string({ unit: alphabet, minLength: 1, maxLength: 700 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
    fc.string({ unit: fc.constantFrom('😀', 'ж', 'a', '\ud83d', '\ude00'), minLength: 1, maxLength: 300 }),
  );
  fc.assert(
    fc.property(any, fc.nat(255), (text, reference) => {
      const { coding, parts } = splitText(text, reference)!;
      const header = parts.length > 1 ? 6 : 0;
      let back = '';
      for (const [at, part] of parts.entries()) {
        assert.ok(part.length <= 160 - (coding === 8 ? 20 : 0) - (header === 6 && coding === 0 ? 1 : 0));
        if (header) assert.deepEqual([...part.subarray(0, 6)], [5, 0, 3, reference, parts.length, at + 1]);
        const body = part.subarray(header);
        const read = coding === 8 ? Buffer.from(body).swap16().toString('utf16le') : septets(body);
        // a pair that the text has is whole in one part, though halves that stand alone may meet at a cut
        if (coding === 8 && text.isWellFormed()) assert.ok(read.isWellFormed());
        back += read;
      }
      assert.equal(back, text);
    }),
    { numRuns: 300 },
  );
});

/** As the codec of the package reads them, which is not ours. */
function septets(body: Buffer): string {
  const pdu = new PDU(pduBytes('submit_sm', 1, { data_coding: 0, short_message: body }));
  return (pdu.short_message as { message: string }).message;
}

test('smpp: of a message whose later part is not taken the beginning is on its way', async (t) => {
  let status = 0;
  const { server, provider } = await both(t, {
    submit: (pdu, session) => {
      if (server.of('submit_sm').length % 2 === 1) accept(session, pdu, 'm');
      else refuse(session, pdu, status);
    },
  });
  const long = { ...short, text: 'ж'.repeat(100) };
  status = 0x58;
  assertFailed(await provider.send(long, never), 'unknown');
  status = 0x0b;
  assertFailed(await provider.send(long, never), 'rejected');
});

function receipt(id: string, stat: string, err = '000', more: object = {}): Readonly<Record<string, unknown>> {
  const said = `id:${id} sub:001 dlvrd:001 submit date:2611241200 done date:2611241200 stat:${stat} err:${err}`;
  return { esm_class: 4, data_coding: 0, short_message: Buffer.from(`${said} text:id:7 stat:EXPIRED 123456`), ...more };
}

test('smpp: receipts tell what became of a message, and are answered', async (t) => {
  const { server, provider, told } = await both(t, { submit: (pdu, session) => accept(session, pdu, 'ab_12') });
  await provider.send(short, never);
  const expected: [Readonly<Record<string, unknown>>, Partial<Receipt> | undefined][] = [
    [receipt('ab_12', 'DELIVRD'), { state: 'delivered' }],
    [receipt('AB_12', 'DELIVRD'), { state: 'delivered' }],
    [receipt('ab_12', 'UNDELIV', '034'), { state: 'failed', reason: 'UNDELIV err:034' }],
    [receipt('ab_12', 'REJECTD', '1'), { state: 'failed', reason: 'REJECTD err:1' }],
    [receipt('ab_12', 'EXPIRED'), { state: 'failed', reason: 'EXPIRED err:000' }],
    [receipt('ab_12', 'DELETED'), { state: 'failed', reason: 'DELETED err:000' }],
    [receipt('ab_12', 'ACCEPTD'), undefined],
    [receipt('ab_12', 'ENROUTE'), undefined],
    [receipt('ab_12', 'UNKNOWN'), undefined],
    [receipt('ab_12', 'DELIVRD', '000', { esm_class: 0 }), undefined],
    [receipt('ab_12', 'DELIVRD', '000', { esm_class: 0x20 }), undefined],
    [receipt('other', 'DELIVRD', '000', { receipted_message_id: 'ab_12' }), { state: 'delivered' }],
    [
      { esm_class: 4, receipted_message_id: 'ab_12', message_state: 5 },
      { state: 'failed', reason: 'UNDELIV' },
    ],
    [{ esm_class: 4, receipted_message_id: 'ab_12', message_state: 1 }, undefined],
    [{ esm_class: 4, message_payload: receipt('ab_12', 'DELIVRD').short_message }, { state: 'delivered' }],
    [{ esm_class: 4, short_message: Buffer.from('no receipt at all') }, undefined],
    [{ esm_class: 0x44, short_message: Buffer.from([255, 1, 2]) }, undefined],
    [
      { esm_class: 4, data_coding: 4, short_message: receipt('ab_12', 'DELIVRD').short_message },
      { state: 'delivered' },
    ],
  ];
  for (const [fields, one] of expected) {
    told.length = 0;
    const answer = await server.ask('deliver_sm', fields);
    assert.deepEqual([answer.command, answer.command_status], ['deliver_sm_resp', 0]);
    assert.deepEqual(told, one ? [{ reference: 'ab_12', ...one }] : [], JSON.stringify(fields));
  }
});

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16();
const written = (id: string, stat: string, text = 'Your code is') =>
  `id:${id} sub:001 dlvrd:001 submit date:2611241200 done date:2611241200 stat:${stat} err:034 text:${text}`;

/** A `deliver_sm` or `data_sm` as an SMSC writes it, octet by octet. */
function delivery(fields: {
  coding: number;
  text?: Buffer;
  payload?: Buffer;
  id?: Buffer;
  state?: number;
  isData?: boolean;
}): Buffer {
  const { coding, text = Buffer.alloc(0), payload, id, state } = fields;
  const tlv = (tag: number, value: Buffer) =>
    Buffer.concat([Buffer.from([tag >> 8, tag & 255, value.length >> 8, value.length & 255]), value]);
  const addresses = Buffer.from([0, 1, 1, 0x37, 0, 1, 1, 0x38, 0]);
  const body = Buffer.concat([
    addresses,
    fields.isData
      ? Buffer.from([4, 0, coding])
      : Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, coding, 0, text.length]), text]),
    ...(payload ? [tlv(0x424, payload)] : []),
    ...(id ? [tlv(0x1e, id)] : []),
    ...(state === undefined ? [] : [tlv(0x427, Buffer.from([state]))]),
    // one of a vendor's own, whose tag is printable
    tlv(0x3030, latin1('x')),
  ]);
  return Buffer.concat([header(16 + body.length, fields.isData ? 0x103 : 5), body]);
}

deepTest('smpp: under each of the 256 codings a receipt is read by its octets, ASCII and UCS-2', () => {
  for (const id of ['ab_12', 'a@b', '$1$', '0f-9c', '12345678901', '_', '@', 'a.b:c/d[e]']) {
    const inDefaultAlphabet = latin1(
      written(id, 'UNDELIV').replace(/[@$_]/g, (char) => ({ '@': '\0', $: '\u0002', _: '\u0011' })[char]!),
    );
    for (let coding = 0; coding < 256; coding += 1) {
      const texts: Record<string, Buffer> = {
        'in ASCII': latin1(written(id, 'UNDELIV')),
        'in ASCII, with a zero at its end': latin1(`${written(id, 'UNDELIV')}\0`),
        'in ASCII, of odd length': latin1(written(id, 'UNDELIV', 'odd')),
        'in ASCII, before a text in UCS-2': Buffer.concat([latin1(written(id, 'UNDELIV', '')), ucs2('Ваш код 123456')]),
        'in UCS-2': ucs2(written(id, 'UNDELIV', 'Ваш код 123456')),
        'in UCS-2 of the other order': ucs2(written(id, 'UNDELIV', 'Ваш код 123456')).swap16(),
        'in UCS-2, before a long text': ucs2(written(id, 'UNDELIV', 'Ваш код 123456 '.repeat(20))),
        'in the default alphabet': inDefaultAlphabet,
      };
      for (const [title, text] of Object.entries(texts)) {
        const told = { id, state: 'failed', reason: 'UNDELIV err:034' };
        const where = `${id} ${title} under ${coding}`;
        assert.deepEqual(parseReport(delivery({ coding, text: text.subarray(0, 255) })), told, where);
        assert.deepEqual(parseReport(delivery({ coding, payload: text })), told, `payload ${where}`);
        const data = delivery({ coding, payload: text, isData: true });
        assert.deepEqual(parseReport(data), told, `data_sm ${where}`);
      }
      for (const octets of [latin1(id), latin1(`${id}\0`), latin1(`${id}\0\0\0`)]) {
        const told = { id, state: 'failed', reason: 'REJECTD' };
        assert.deepEqual(parseReport(delivery({ coding, id: octets, state: 8 })), told);
        assert.deepEqual(parseReport(delivery({ coding, id: octets, state: 8, isData: true })), told);
      }
    }
  }
});

test('smpp: a message_state that is final holds where the text has no final word', () => {
  const read = (stat: string, state: number) =>
    parseReport(delivery({ coding: 0, text: latin1(written('a', stat)), state }));
  assert.deepEqual(read('ENROUTE', 2), { id: 'a', state: 'delivered' });
  assert.equal(read('ENROUTE', 1), undefined);
  assert.deepEqual(read('DELIVRD', 5), { id: 'a', state: 'delivered' });
  assert.equal(read('constructor', 7), undefined);
});

test('smpp: receipts over the wire are heard under the coding of a Russian message, and no body ends the link', async (t) => {
  const { server, provider, told } = await both(t, { submit: (pdu, session) => accept(session, pdu, 'ab_12') });
  await provider.send(short, never);
  const socket = server.sessions[0]!.socket;
  // parameters that the codec cannot decode: a callback number of no octets, a body that is cut off
  socket.write(Buffer.concat([header(20, 5), Buffer.from([0x03, 0x81, 0, 0])]));
  socket.write(delivery({ coding: 8, text: latin1(written('ab_12', 'DELIVRD')) }));
  await waitUntil(() => told.length === 1, 'a receipt');
  assert.deepEqual(told, [{ reference: 'ab_12', state: 'delivered' }]);
  assert.equal(server.of('bind_transceiver').length, 1);
});

test('smpp: the id of a receipt may be in hex where the other was decimal, and the reverse', async (t) => {
  const pairs: [reference: string, inReceipt: string, unknown: string, toldOf: string][] = [
    ['12345678901', '2DFDC1C35', '2dfdc1c36', '12345678902'],
    ['2DFDC1C35', '12345678901', '12345678902', '2dfdc1c36'],
    ['0000012345', '12345', '12346', '12346'],
    ['6f1c2b9e-7d', '6F1C2B9E-7D', '6f1c2b9e-7e', '6f1c2b9e-7e'],
  ];
  for (const [reference, inReceipt, unknown, toldOf] of pairs) {
    const { server, provider, told } = await both(t, { submit: (pdu, session) => accept(session, pdu, reference) });
    await provider.send(short, never);
    await server.ask('deliver_sm', receipt(inReceipt, 'DELIVRD'));
    await server.ask('deliver_sm', receipt(inReceipt, 'DELIVRD'));
    await server.ask('deliver_sm', receipt(unknown, 'DELIVRD'));
    assert.deepEqual(
      told.map((one) => one.reference),
      [reference, reference, toldOf],
    );
  }
});

test('smpp: a receipt that is here before the response is told after it', async (t) => {
  const order: string[] = [];
  const { server, provider, told } = await both(t, {
    submit: async (pdu, session) => {
      await server.ask('deliver_sm', receipt('beef', 'DELIVRD'));
      await server.ask('deliver_sm', receipt('other', 'DELIVRD'));
      assert.deepEqual(told, []);
      accept(session, pdu, '48879');
    },
  });
  provider.onReceipt!((one) => order.push(one.reference));
  const sent = await provider.send(short, never);
  order.push('sent');
  assert.ok(sent.ok);
  await waitUntil(() => told.length === 2, 'both');
  assert.deepEqual(order, ['sent', '48879', order[2]]);
});

test('smpp: of a message in parts the last speaks, and the others where they failed', async (t) => {
  const { server, provider, told } = await both(t);
  const sent = await provider.send({ ...short, text: 'ж'.repeat(100) }, never);
  assert.deepEqual(sent, { ok: true, reference: 'm2', segments: 2 });
  await server.ask('deliver_sm', receipt('m1', 'DELIVRD'));
  assert.deepEqual(told, []);
  await server.ask('deliver_sm', receipt('m2', 'DELIVRD'));
  await server.ask('deliver_sm', receipt('m1', 'UNDELIV'));
  assert.deepEqual(told, [
    { reference: 'm2', state: 'delivered' },
    { reference: 'm2', state: 'failed', reason: 'UNDELIV err:000' },
  ]);
});

const header = (length: number, command: number, status = 0, sequence = 1) => {
  const bytes = Buffer.alloc(16);
  for (const [at, value] of [length, command, status, sequence].entries()) bytes.writeUInt32BE(value, at * 4);
  return bytes;
};
const garbage: Record<string, Buffer> = {
  'another protocol': Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  zeros: Buffer.alloc(64),
  ones: Buffer.alloc(64, 0xff),
  'a length of four gigabytes': header(0xffffffff, 0x80000004),
  'a length of fifteen': header(15, 0x80000004),
  'a length over 16 KiB': header(16_385, 0x80000004),
  'a body that ends too early': Buffer.concat([header(18, 5), Buffer.from([1, 1])]),
  'a parameter that is longer than the rest': Buffer.concat([
    header(22, 0x80000004),
    Buffer.from([0, 4, 0x27, 0xff, 0xff, 0]),
  ]),
};

test('smpp: garbage ends a link and nothing else', async (t) => {
  for (const [title, bytes] of Object.entries(garbage)) {
    const { provider } = await both(t, { submit: (_, session) => void session.socket.write(bytes) });
    const sent = await provider.send(short, AbortSignal.timeout(100));
    assert.equal(!sent.ok && sent.error, 'unknown', title);
    assertFailed(await provider.send(short, AbortSignal.abort()), 'unavailable');
  }
});

test('smpp: garbage instead of an answer to a bind is unavailable', async (t) => {
  const server = await startFakeSmsc(t, { deafTo: ['bind_transceiver'] });
  const provider = opened(t, server.port);
  await waitUntil(() => server.of('bind_transceiver').length === 1, 'a bind');
  server.sessions[0]!.socket.write(garbage['another protocol']!);
  assertFailed(await provider.send(short, never), 'unavailable');
});

test('smpp: a PDU that comes byte by byte is read, and answers to nothing are passed over', async (t) => {
  const { provider } = await both(t, {
    submit: async (pdu, session) => {
      for (const command of ['submit_sm_resp', 'bind_transceiver_resp', 'enquire_link_resp', 'unbind_resp']) {
        session.send(new PDU(command, { sequence_number: 9999 }));
      }
      session.socket.write(header(16, 0x80000099));
      for (const byte of pdu.response({ message_id: 'slow' }).toBuffer()) {
        session.socket.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
    },
  });
  assert.deepEqual(await provider.send(short, never), { ok: true, reference: 'slow', segments: 1 });
});

test('smpp: nothing that comes throws, however it is cut', () => {
  const commands = fc.constantFrom(4, 5, 0x103, 0x80000004, 0x80000009, 0x12345);
  const pdus = fc.array(fc.tuple(commands, fc.uint8Array({ maxLength: 300 })), { maxLength: 4 });
  fc.assert(
    fc.property(pdus, fc.integer({ min: 1, max: 64 }), (some, step) => {
      const bytes = Buffer.concat(some.flatMap(([id, body]) => [header(16 + body.length, id), body]));
      const read = pduReader();
      for (let at = 0; at < bytes.length; at += step) {
        const found = read(bytes.subarray(at, at + step));
        if (!found) return;
        for (const { octets } of found) parseReport(octets);
      }
    }),
    { numRuns: 500 },
  );
});

test('smpp: any bytes in a receipt are read or passed over', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 250 }), fc.nat(255), fc.constantFrom(4, 0x44), (body, coding, type) => {
      const bytes = pduBytes('deliver_sm', 1, {
        esm_class: type,
        data_coding: coding,
        short_message: Buffer.from(body),
      });
      const found = pduReader()(bytes);
      assert.ok(found, 'no body of a receipt ends the link');
      for (const { octets } of found) parseReport(octets);
    }),
    { numRuns: 500 },
  );
});

test('smpp: it ends by an unbind, within a second, and sends no more', async (t) => {
  const { server, provider } = await both(t);
  await provider.send(short, never);
  await Promise.all([provider.close(), provider.close()]);
  assert.equal(server.of('unbind').length, 1);
  assertFailed(await provider.send(short, never), 'unavailable');
  await waitUntil(() => server.sessions.length === 0, 'the end');

  const deaf = await both(t, { deafTo: ['unbind', 'submit_sm'] });
  const waiting = deaf.provider.send(short, never);
  await waitUntil(() => deaf.server.of('submit_sm').length === 1, 'a submission');
  const begun = performance.now();
  await deaf.provider.close();
  assert.ok(performance.now() - begun < 1200);
  assertFailed(await waiting, 'unknown');
});

test('smpp: it ends while it is being opened, or while it pauses', async (t) => {
  const opening = await both(t, { deafTo: ['bind_transceiver'] });
  const waiting = opening.provider.send(short, never);
  await opening.provider.close();
  assertFailed(await waiting, 'unavailable');
  const pausing = await both(t, { bind: 0x0e });
  assertFailed(await pausing.provider.send(short, never), 'refused');
  await pausing.provider.close();
});
