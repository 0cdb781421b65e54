/** YAML and JSON text to objects that know where each of their fields stands. */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
  type Document as YamlDocument,
} from 'yaml';
import type { Fault, Position } from '../api/fault.ts';
import type { JsonObject } from '../api/json.ts';
import { isObject } from '../api/json.ts';
import { find, type Place } from './place.ts';
import { plainScalar } from './scalar.ts';

export interface Document {
  /** As written: neither checked nor defaulted. */
  object: JsonObject;
  /**
   * Where a field of the object stands (`spec.containers[0].image`); for a field that is not there, where its nearest parent
   * begins. `of`: the key or the value of it.
   */
  position(field: string, of?: 'key' | 'value'): Position;
}

export interface Parsed {
  documents: Document[];
  faults: Fault[];
}

/** More than this many values after aliases are resolved is an attack, not a manifest. */
const MAX_NODES = 1_000_000;
const MAX_DEPTH = 200;

class Refused extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const offsetOf = (node: unknown): number => (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;

/** Converts one document; its duplicate keys are collected. */
class Reader {
  readonly duplicates: { field: string; offset: number }[] = [];
  readonly #document: YamlDocument;
  #count = 0;
  constructor(document: YamlDocument) {
    this.#document = document;
  }

  read(node: unknown, path: string, depth = 0): unknown {
    if (++this.#count > MAX_NODES) throw new Refused('too many values (do aliases multiply?)', offsetOf(node));
    if (depth > MAX_DEPTH) throw new Refused('nested too deeply', offsetOf(node));
    if (isAlias(node)) return this.read(this.resolve(node), path, depth + 1);
    if (isMap(node)) return this.#readMap(node, path, depth);
    if (isSeq(node)) return node.items.map((item, i) => this.read(item, `${path}[${i}]`, depth + 1));
    if (!isScalar(node)) return null;
    const value = this.#readScalar(node);
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Refused(`${node.source} is not a number`, offsetOf(node));
    return value;
  }

  resolve(alias: Alias): unknown {
    const node = alias.resolve(this.#document);
    if (node === undefined) throw new Refused(`unknown anchor "${alias.source}"`, offsetOf(alias));
    return node;
  }

  #readScalar(node: { value?: unknown; source?: string; type?: string; tag?: string }): unknown {
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    switch (node.tag) {
      case undefined:
        return node.type === 'PLAIN' ? plainScalar(node.source ?? text) : text;
      case 'tag:yaml.org,2002:binary':
        return Buffer.from(text, 'base64').toString('utf8');
      case 'tag:yaml.org,2002:str':
        return text;
      default:
        return plainScalar(text);
    }
  }

  keyOf(pair: Pair): string {
    const key = this.read(pair.key, '');
    return typeof key === 'object' && key !== null ? JSON.stringify(key) : String(key);
  }

  #readMap(node: YAMLMap, path: string, depth: number): JsonObject {
    const result: JsonObject = {};
    const repeated = new Set<string>();
    for (const pair of node.items) {
      if (isMerge(pair)) continue;
      const key = this.keyOf(pair);
      const at = path === '' ? key : `${path}.${key}`;
      if (Object.hasOwn(result, key) && !repeated.has(key)) {
        repeated.add(key);
        this.duplicates.push({ field: at, offset: offsetOf(pair.key) });
      }
      Object.defineProperty(result, key, {
        value: this.read(pair.value, at, depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    for (const pair of node.items) if (isMerge(pair)) this.#merge(result, pair.value, path, depth);
    return result;
  }

  /** `<<: *base` or `<<: [*a, *b]`: keys that are not there yet. */
  #merge(result: JsonObject, value: unknown, path: string, depth: number): void {
    const node = isAlias(value) ? this.resolve(value) : value;
    const sources = isSeq(node) ? node.items : [node];
    for (const source of sources) {
      const merged = this.read(source, path, depth + 1);
      if (!isObject(merged)) throw new Refused('map merge requires a map or a list of maps', offsetOf(value));
      for (const [key, item] of Object.entries(merged)) if (!Object.hasOwn(result, key)) result[key] = item;
    }
  }
}

const isMerge = (pair: Pair): boolean => isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';

const positionIn = (lines: LineCounter, file: string, offset: number): Position => {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
};

const oneLine = (message: string): string => (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');

/** The items of a `kind: List`, at any depth. */
const flatten = (object: JsonObject, place: Place): { value: unknown; place: Place }[] => {
  const items = object['items'];
  if (typeof object['kind'] !== 'string' || !object['kind'].endsWith('List') || !Array.isArray(items)) return [{ value: object, place }];
  return items.flatMap((item, i) => {
    const inner = { ...place, prefix: `${place.prefix}${place.prefix === '' ? '' : '.'}items[${i}]` };
    return isObject(item) ? flatten(item, inner) : [{ value: item, place: inner }];
  });
};

const readDocument = (document: YamlDocument, file: string, lines: LineCounter, result: Parsed): void => {
  const at = (offset: number) => positionIn(lines, file, offset);
  const reader = new Reader(document);
  let value: unknown;
  try {
    value = reader.read(document.contents, '');
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    result.faults.push({ reason: 'SyntaxError', field: '', message: error.message, position: at(error.offset) });
    return;
  }
  for (const { field, offset } of reader.duplicates)
    result.faults.push({ reason: 'DuplicateField', field, message: 'this key is here twice', position: at(offset) });
  if (value === null) return;
  const root: Place = {
    node: document.contents,
    prefix: '',
    resolve: (alias) => alias.resolve(document),
    keyOf: (pair) => reader.keyOf(pair),
  };
  for (const part of isObject(value) ? flatten(value, root) : [{ value, place: root }]) {
    const position = (field: string, of: 'key' | 'value' = 'value') => at(find(part.place, field, of));
    if (isObject(part.value)) result.documents.push({ object: part.value, position });
    else
      result.faults.push({
        reason: 'WrongType',
        field: '',
        message: 'a manifest is a map with apiVersion and kind',
        position: position(''),
      });
  }
};

/** All documents of a text. A document that cannot be read gives a fault, and the others are still read. */
export const parseManifest = (text: string, file: string): Parsed => {
  const result: Parsed = { documents: [], faults: [] };
  const lines = new LineCounter();
  // Failsafe: every scalar comes as text, and is read by plainScalar.
  const options = { schema: 'failsafe', lineCounter: lines, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;
  for (const document of parseAllDocuments(text.replace(/^\uFEFF/, ''), options)) {
    const [error] = document.errors;
    if (error === undefined) readDocument(document as YamlDocument, file, lines, result);
    else
      result.faults.push({
        reason: 'SyntaxError',
        field: '',
        message: oneLine(error.message),
        position: positionIn(lines, file, error.pos[0]),
      });
  }
  return result;
};
