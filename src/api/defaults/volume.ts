/** Defaults of volumes. */
import { recordAt, recordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { defaultClaim } from './claim.ts';
import { ensureRecord, setDefault } from './set.ts';

const MODE = 0o644;
const HOUR = 3600;

/** Plain fields a source gets when they are missing. */
const SOURCES: Readonly<Record<string, JsonObject>> = {
  configMap: { defaultMode: MODE },
  secret: { defaultMode: MODE },
  downwardAPI: { defaultMode: MODE },
  projected: { defaultMode: MODE },
  hostPath: { type: '' },
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
};

export const defaultFieldRefs = (item: JsonObject): void => {
  const field = recordAt(item, 'fieldRef');
  if (field) setDefault(field, 'apiVersion', 'v1');
  const resource = recordAt(item, 'resourceFieldRef');
  if (resource) setDefault(resource, 'divisor', '0');
};

const defaultImageVolume = (image: JsonObject): void => {
  if (image['pullPolicy'] === undefined) image['pullPolicy'] = pullPolicyOf(String(image['reference'] ?? ''));
};

/** Always for `latest` and for images without tag and digest. */
export const pullPolicyOf = (image: string): 'Always' | 'IfNotPresent' => {
  const tag = /:([^:/@]+)(?:@[^@]+)?$/.exec(image.includes('@') ? image.slice(0, image.indexOf('@')) : image)?.[1];
  if (tag === 'latest') return 'Always';
  return tag === undefined && !image.includes('@') ? 'Always' : 'IfNotPresent';
};

export const defaultVolume = (volume: JsonObject): void => {
  if (Object.keys(volume).every((key) => key === 'name')) volume['emptyDir'] = {};
  for (const [source, fields] of Object.entries(SOURCES)) {
    const value = recordAt(volume, source);
    if (value) for (const [key, fallback] of Object.entries(fields)) setDefault(value, key, fallback);
  }
  for (const item of recordsAt(recordAt(volume, 'downwardAPI'), 'items')) defaultFieldRefs(item);
  for (const source of recordsAt(recordAt(volume, 'projected'), 'sources')) {
    const token = recordAt(source, 'serviceAccountToken');
    if (token) setDefault(token, 'expirationSeconds', HOUR);
    for (const item of recordsAt(recordAt(source, 'downwardAPI'), 'items')) defaultFieldRefs(item);
  }
  const image = recordAt(volume, 'image');
  if (image) defaultImageVolume(image);
  const template = recordAt(recordAt(volume, 'ephemeral'), 'volumeClaimTemplate');
  if (!template) return;
  ensureRecord(template, 'metadata');
  defaultClaim(ensureRecord(template, 'spec'));
};
