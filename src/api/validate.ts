import type { Fault } from './fault.ts';
import type { KubeObject } from './objects.ts';
/** Written objects. */
export const validateWritten = (_object: KubeObject, _structural: readonly Fault[]): Fault[] => [];
export const validateObject = (_object: KubeObject): Fault[] => [];
export const validateUpdate = (_before: KubeObject, _after: KubeObject): Fault[] => [];
