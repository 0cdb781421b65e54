/** Why the namespaces could not be made, and what helps. Pure: the machine's settings are arguments. */
import { PodsteadError } from '../api/errors.ts';
import { tail, toolMissing } from './tool-error.ts';

export interface LaunchFacts {
  user: string;
  uid: number;
  /** kernel.unprivileged_userns_clone (Debian's own), kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces. */
  usernsClone: string | undefined;
  apparmorRestricts: string | undefined;
  maxUserNamespaces: string | undefined;
}

export const addSubids = (user: string): string =>
  `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user} (another range, if this one is somebody else's)`;

const setting = (name: string, value: string): string => `sudo sysctl -w ${name}=${value} (and put it in /etc/sysctl.d to keep it)`;

const failed = (message: string, said: string, remedy: string): PodsteadError =>
  new PodsteadError('NAMESPACE_FAILED', `no user namespace can be made: ${message}${said === '' ? '' : `\n${said}`}`, { remedy });

/** `stderr` is what unshare, newuidmap or holder.sh said. */
export const explainLaunch = (stderr: string, facts: LaunchFacts): PodsteadError => {
  const said = tail(stderr);
  if (/failed to execute newuidmap|newuidmap: not found|newgidmap.*No such file|newuidmap.*No such file/.test(said))
    return toolMissing('newuidmap');
  if (/no line matching user|find.*subuid|range .* not allowed|\/etc\/sub[ug]id/.test(said))
    return new PodsteadError('SUBID_MISSING', `no usable range for ${facts.user} in /etc/subuid and /etc/subgid\n${said}`, {
      remedy: addSubids(facts.user),
    });
  if (facts.usernsClone === '0')
    return failed('ordinary users may not (kernel.unprivileged_userns_clone is 0)', said, setting('kernel.unprivileged_userns_clone', '1'));
  if (facts.maxUserNamespaces === '0' || /unshare failed: No space left on device/.test(said))
    return failed(
      `user.max_user_namespaces is ${facts.maxUserNamespaces ?? 'used up'}`,
      said,
      setting('user.max_user_namespaces', '15000'),
    );
  if (facts.apparmorRestricts === '1' && facts.uid !== 0)
    return failed(
      "AppArmor takes its capabilities away (kernel.apparmor_restrict_unprivileged_userns is 1), and buildah's profile did not help",
      said,
      setting('kernel.apparmor_restrict_unprivileged_userns', '0'),
    );
  return new PodsteadError('NAMESPACE_FAILED', `the namespaces of podstead could not be set up\n${said}`, {
    remedy: 'podstead doctor shows what this machine lacks',
  });
};

/** Where the kernel lets anyone make a namespace but AppArmor leaves it powerless: a program with a profile of its own can. */
export const mayBeAppArmor = (stderr: string): boolean => /not permitted|permission denied/i.test(stderr);
