import { DateTime } from '../http/date-time.tsx';
import { Button, ErrorSummary, Field, Notice } from '../http/form.tsx';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import { fill } from '../kit/text.ts';
import { type Role, roles } from '../operators/act.ts';
import type { OperatorRow } from '../team/store.ts';
import type { ActForm } from './act-form.ts';
import { ConfirmView } from './confirm-view.tsx';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable, Select } from './table.tsx';
import type { Visit } from './visit.ts';

/** The props of the page of operators. */
export interface OperatorsProps {
  visit: Visit;
  operators: readonly OperatorRow[];
  notice: keyof Visit['words']['notices'] | undefined;
  typed?: string;
  error?: string;
}

/** The operators, and the forms that add, change and remove them. */
export function OperatorsView({ visit, operators, notice, typed, error }: OperatorsProps) {
  const { words, base, language } = visit;
  const texts = words.operators;
  return (
    <ConsoleLayout reader={visit} title={texts.title} section="operators" hasError={!!error}>
      {notice && <Notice>{words.notices[notice]}</Notice>}
      <ErrorSummary language={language} errors={error ? [{ field: 'phone_number', text: error }] : []} />
      <p>{texts.lead}</p>
      <dl class="facts">
        {roles.map((name) => (
          <div key={name}>
            <dt>{words.roles[name]}</dt>
            <dd>{texts.rights[name]}</dd>
          </div>
        ))}
      </dl>
      <DataTable
        caption={texts.title}
        heads={[texts.number, texts.role, texts.addedBy, texts.added, texts.signedIn, words.form.acts]}
        rows={operators.map((operator) => operatorRow(visit, operator, operators))}
      />
      <section class="sheet" aria-labelledby="add-title">
        <h2 id="add-title">{texts.add}</h2>
        <form method="post" action={`${base}/operators/add/`} class="row">
          <Field
            language={language}
            id="phone_number"
            label={texts.number}
            error={error}
            value={typed}
            input={{ type: 'tel', required: true, maxLength: 40, autocomplete: 'off' }}
          />
          <RoleSelect visit={visit} id="role" selected="support" />
          <Button>{texts.addButton}</Button>
        </form>
        <p class="hint">{texts.lost}</p>
      </section>
    </ConsoleLayout>
  );
}

function operatorRow(visit: Visit, operator: OperatorRow, all: readonly OperatorRow[]) {
  const { words, base, language } = visit;
  const texts = words.operators;
  const { account_id: account, role } = operator;
  const number = maskPhoneNumber(operator.phone_number);
  return {
    key: account,
    cells: [
      <>
        <Shown text={number} /> {account === visit.actor.id && <span class="hint">({texts.you})</span>}
      </>,
      words.roles[role],
      <AddedBy operator={operator} all={all} />,
      <DateTime language={language} at={operator.added_at} style="moment" />,
      operator.signed_in_at ? <DateTime language={language} at={operator.signed_in_at} style="moment" /> : texts.never,
      <>
        <form method="post" action={`${base}/operators/role/`} class="row small">
          <input type="hidden" name="account" value={account} />
          <RoleSelect visit={visit} id={`role-${account}`} selected={role} label={`${texts.role}: ${number}`} />
          <Button look="plain">{texts.change}</Button>
        </form>
        <form method="post" action={`${base}/operators/remove/`}>
          <input type="hidden" name="account" value={account} />
          <button class="link" type="submit">
            {texts.remove}
            <span class="sr"> {number}</span>
          </button>
        </form>
      </>,
    ],
  };
}

/** The number of an operator who still is one, or the name that the trail has. */
function AddedBy({ operator, all }: { operator: OperatorRow; all: readonly OperatorRow[] }) {
  const adder = all.find((row) => row.account_id === operator.added_by);
  return <Shown text={adder ? maskPhoneNumber(adder.phone_number) : operator.added_by} />;
}

function RoleSelect({
  visit: { words },
  id,
  selected,
  label = words.operators.role,
}: {
  visit: Visit;
  id: string;
  selected: Role;
  label?: string;
}) {
  return (
    <Select
      id={id}
      name="role"
      label={label}
      selected={selected}
      options={roles.map((name) => [name, words.roles[name]])}
    />
  );
}

/** The page that asks before an operator is removed. */
export function RemoveView({ visit, form, number }: { visit: Visit; form: ActForm; number: string }) {
  const { confirmTitle, confirmText } = visit.words.operators;
  const text = fill(confirmText, { number });
  return <ConfirmView visit={visit} form={form} title={confirmTitle} text={text} section="operators" />;
}
