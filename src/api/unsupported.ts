import type { Fault } from './fault.ts';
import type { KubeObject } from './objects.ts';
export const unsupportedFields = (_object: KubeObject): Fault[] => [];
export const noEffect = (_object: KubeObject): { field: string; message: string }[] => [];
