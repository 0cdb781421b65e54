/**
 * The image store (containers/storage, driver overlay), read without its tools: a look-up costs a millisecond, a buildah process
 * thirty. Only buildah writes it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { formatReference, localName, parseReference, repositoryOf } from './reference.ts';
import { bigDataFile, type StoredImage, type StoredLayer, StoredList } from './stored-json.ts';

/** What an image says about its containers. */
export interface ImageConfig {
  entrypoint: string[];
  cmd: string[];
  /** `NAME=value` */
  env: string[];
  user: string;
  workdir: string;
  /** `80/tcp` */
  exposedPorts: string[];
  stopSignal?: string;
  volumes: string[];
  labels: Record<string, string>;
}

export interface Image {
  /** 64 hex digits. */
  id: string;
  /** `docker.io/library/nginx:1.27` */
  names: string[];
  /** Of the manifest, `sha256:…`. */
  digest: string;
  config: ImageConfig;
  /** Topmost first, relative to `layersDirectory`: for lowerdir. */
  layers: string[];
  /** The same layers' directories by their full names. */
  layerDirectories: string[];
  /** RFC 3339 */
  created: string;
  /** Bytes, of all its layers, unpacked. */
  size: number;
}

interface RawConfig {
  config?: {
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Env?: string[] | null;
    User?: string;
    WorkingDir?: string;
    ExposedPorts?: Record<string, unknown> | null;
    StopSignal?: string;
    Volumes?: Record<string, unknown> | null;
    Labels?: Record<string, string> | null;
  };
}

const imageConfig = ({ config = {} }: RawConfig): ImageConfig => ({
  entrypoint: config.Entrypoint ?? [],
  cmd: config.Cmd ?? [],
  env: config.Env ?? [],
  user: config.User ?? '',
  workdir: config.WorkingDir ?? '',
  exposedPorts: Object.keys(config.ExposedPorts ?? {}),
  ...(config.StopSignal ? { stopSignal: config.StopSignal } : {}),
  volumes: Object.keys(config.Volumes ?? {}),
  labels: config.Labels ?? {},
});

const ID = /^(?:sha256:)?([0-9a-f]{64})$/;
const SHORT_ID = /^(?:sha256:)?([0-9a-f]{3,64})$/;

export class ImageStore {
  readonly #dir: string;
  readonly #images: StoredList<StoredImage>;
  readonly #layers: StoredList<StoredLayer>;
  #layerById = new Map<string, StoredLayer>();
  readonly #loaded = new Map<string, Image>();

  /** `dir` is the store's root (buildah's `--root`). It need not exist yet. */
  constructor(dir: string) {
    this.#dir = dir;
    this.#images = new StoredList(join(dir, 'overlay-images', 'images.json'));
    this.#layers = new StoredList(join(dir, 'overlay-layers', 'layers.json'));
  }

  /** What short layer names are relative to. */
  get layersDirectory(): string {
    return join(this.#dir, 'overlay');
  }

  /** By name (normalised as docker does, `latest` filled in), by digest, or by whole id. Throws IMAGE_NAME, IO. */
  find(name: string): Image | undefined {
    const stored = this.#stored(name, this.#list());
    return stored && this.#load(stored);
  }

  /** By anything a user types for an image on the command line: also a short id, and a name below localhost/. Throws AMBIGUOUS. */
  resolve(name: string): Image | undefined {
    const images = this.#list();
    const short = SHORT_ID.exec(name)?.[1];
    const byId = short === undefined ? [] : images.filter((image) => image.id.startsWith(short));
    if (byId.length > 1) throw new PodsteadError('AMBIGUOUS', `${name} fits ${byId.length} images`, { remedy: 'write more of the id' });
    const stored = this.#stored(name, images) ?? this.#stored(localName(name), images) ?? byId[0];
    return stored && this.#load(stored);
  }

  list(): Image[] {
    return this.#list().map((stored) => this.#load(stored));
  }

  #list(): StoredImage[] {
    const { items, changed } = this.#images.read();
    // an id names its content, but its names may move from one image to another
    if (changed) this.#loaded.clear();
    return items;
  }

  #stored(name: string, images: StoredImage[]): StoredImage | undefined {
    const id = ID.exec(name)?.[1];
    if (id !== undefined) return images.find((image) => image.id === id || image.digest === `sha256:${id}`);
    const reference = parseReference(name);
    const full = formatReference(reference);
    const named = images.find((image) => image.names?.includes(full));
    if (named || reference.digest === undefined) return named;
    const repository = repositoryOf(reference);
    return images.find((image) => hasDigest(image, reference.digest ?? '') && image.names?.some((other) => isOf(other, repository)));
  }

  #load(stored: StoredImage): Image {
    const known = this.#loaded.get(stored.id);
    if (known) return known;
    try {
      const image = this.#read(stored);
      this.#loaded.set(stored.id, image);
      return image;
    } catch (error) {
      throw new PodsteadError('IO', `cannot read image ${stored.names?.[0] ?? stored.id} in ${this.#dir}: ${String(error)}`, {
        remedy: 'remove the image (podstead rmi) and pull or build it again',
        cause: error,
      });
    }
  }

  #read(stored: StoredImage): Image {
    const chain = this.#chain(stored.layer);
    const links = chain.map(({ id }) => readFileSync(join(this.layersDirectory, id, 'link'), 'utf8').trim());
    return {
      id: stored.id,
      names: stored.names ?? [],
      digest: stored.digest ?? '',
      config: imageConfig(JSON.parse(this.#bigData(stored.id, this.#configName(stored))) as RawConfig),
      layers: links.map((link) => `l/${link}`),
      layerDirectories: chain.map(({ id }) => join(this.layersDirectory, id, 'diff')),
      created: stored.created ?? '',
      size: chain.reduce((sum, layer) => sum + Math.max(0, layer['diff-size'] ?? 0), 0),
    };
  }

  #bigData(id: string, name: string): string {
    return readFileSync(join(this.#dir, 'overlay-images', id, bigDataFile(name)), 'utf8');
  }

  /** An image's id is its config's digest, unless it was made by an old format. */
  #configName(stored: StoredImage): string {
    const usual = `sha256:${stored.id}`;
    if (stored['big-data-names']?.includes(usual)) return usual;
    const manifest = JSON.parse(this.#bigData(stored.id, 'manifest')) as { config?: { digest?: string } };
    if (manifest.config?.digest === undefined) throw new Error('its manifest names no config');
    return manifest.config.digest;
  }

  #chain(top: string | undefined): StoredLayer[] {
    const { items, changed } = this.#layers.read();
    if (changed) this.#layerById = new Map(items.map((layer) => [layer.id, layer]));
    const chain: StoredLayer[] = [];
    for (let id = top; id; ) {
      const layer = this.#layerById.get(id);
      if (!layer) throw new Error(`layer ${id} is missing`);
      chain.push(layer);
      id = layer.parent;
    }
    return chain;
  }
}

/** An image pulled through a list of manifests is known by both digests. */
const hasDigest = (image: StoredImage, digest: string): boolean =>
  image.digest === digest || (image['big-data-names']?.includes(`manifest-${digest}`) ?? false);

const isOf = (name: string, repository: string): boolean => name.startsWith(`${repository}:`) || name.startsWith(`${repository}@`);
