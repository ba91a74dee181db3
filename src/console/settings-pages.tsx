import { refuseAct } from '../audit/refuse-act.ts';
import type { Setting } from '../config/settings.ts';
import { sendPage } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { answerRefusal } from './act.tsx';
import { SettingsView } from './settings-view.tsx';
import { asOperator, type VisitNeeds } from './visit.ts';

/** The dependencies of the page of settings. */
export interface SettingsPagesNeeds extends VisitNeeds {
  readonly settings: readonly Setting[];
}

/** `/settings/`: the settings in force, without secrets. */
export function settingsPages(server: Server, needs: SettingsPagesNeeds): void {
  server.get('/settings/', (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const refusal = await refuseAct(needs, visit.actor, 'read_settings');
      if (refusal) return answerRefusal(visit, refusal, { path: '/settings/', fields: {}, back: '/' });
      return sendPage(reply, <SettingsView visit={visit} settings={needs.settings} />);
    }),
  );
}
