/** Old AppArmor annotations become fields of the containers they name. */
import { recordAt, recordsAt, textAt } from '../fields.ts';
import { type JsonObject, sameJson } from '../json.ts';
import { APPARMOR, appArmorProfile } from '../validate/profile-annotations.ts';
import { ensureRecord } from './set.ts';

export const profilesFromAnnotations = (spec: JsonObject, annotations: Readonly<Record<string, string>>): void => {
  const whole = recordAt(recordAt(spec, 'securityContext'), 'appArmorProfile');
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'])
    for (const container of recordsAt(spec, list)) {
      const profile = appArmorProfile(annotations[`${APPARMOR}${textAt(container, 'name')}`] ?? '');
      if (profile === undefined || recordAt(recordAt(container, 'securityContext'), 'appArmorProfile')) continue;
      if (!whole || !sameJson(whole, profile)) ensureRecord(container, 'securityContext')['appArmorProfile'] = profile;
    }
};
