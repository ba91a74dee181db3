import type { OpenDatabase } from '../db/open.ts';
import type { PeopleNeeds } from '../people/person.ts';
import type { CommandContext } from './command.ts';

/** The dependencies of the use cases about people, from the settings. */
export async function peopleNeeds({ config, createLog }: CommandContext, db: OpenDatabase): Promise<PeopleNeeds> {
  const { instanceKeys } = await import('../config/dev-key.ts');
  return {
    db,
    log: await createLog(),
    keys: instanceKeys(config),
    defaultRegion: config.defaultRegion,
    phoneNumberPolicy: config.phoneNumberPolicy,
    smsCountries: config.smsCountries,
    testNumbers: config.sms.testNumbers,
    keepDays: { deliveries: config.sms.deliveriesKeepDays, audit: config.auditKeepDays },
  };
}
