/** In which boot pods run. */

/** Key in the store's meta: play, apply, create and resume write the boot's id, `system down` empties it. Of another boot, pods are stopped. */
export const ACTIVE_BOOT = 'activeBoot';
