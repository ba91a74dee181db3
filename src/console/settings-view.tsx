import type { Setting } from '../config/settings.ts';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

const maxShown = 300;

/** The settings in force: name, value and source. */
export function SettingsView({ visit, settings }: { visit: Visit; settings: readonly Setting[] }) {
  const texts = visit.words.settings;
  const shownValue = ({ value }: Setting) => {
    if (value === null) return <span class="hint">{texts.secret}</span>;
    return value === '' ? <span class="hint">{texts.unset}</span> : <Shown text={value.slice(0, maxShown)} />;
  };
  return (
    <ConsoleLayout reader={visit} title={texts.title} section="settings">
      <p>{texts.lead}</p>
      <DataTable
        caption={texts.title}
        heads={[texts.name, texts.value, texts.source]}
        rows={settings.map((setting) => ({
          key: setting.name,
          cells: [<code>{setting.name}</code>, shownValue(setting), texts.sources[setting.source]],
        }))}
      />
    </ConsoleLayout>
  );
}
