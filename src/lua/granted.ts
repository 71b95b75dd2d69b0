/** Permissions, checked, and made into what a machine may reach. */
import { badArgument } from '../core/errors.ts';
import { type Files, NoFiles } from './host/paths.ts';
import { checkWalls, Walled } from './host/walls.ts';
import { Network, type NetworkPermission } from './network.ts';
import type { FilesPermission, Granted, Permissions } from './permissions.ts';

/** @throws SocketError ERR_INVALID_ARGUMENT for what is no permission, and a root that is no folder */
export function granted(permissions: Partial<Permissions> = {}): Granted {
  checkNames('permissions', permissions, ['files', 'processes', 'network', 'bytecode']);
  const { files = false, processes = false, network = false, bytecode = false } = permissions;
  checkFlags('permissions', { processes, bytecode });
  return { files: filesOf(files), processes, network: networkOf(network), bytecode, trusted: false };
}

function filesOf(files: boolean | FilesPermission): Files {
  if (files === false) return new NoFiles();
  checkWalls();
  if (files === true) return new Walled(undefined, true);
  checkNames('permissions.files', files, ['root', 'write']);
  const { root, write = false } = files;
  checkFlags('permissions.files', { write });
  if (typeof root !== 'string') throw badArgument(`createLua: permissions.files.root is a path, not ${String(root)}`);
  return new Walled(root, write);
}

function networkOf(network: boolean | NetworkPermission): Network {
  if (typeof network === 'boolean') return new Network({ tcp: network, udp: network });
  checkNames('permissions.network', network, ['tcp', 'udp', 'unix', 'allow']);
  const { allow, ...flags } = network;
  checkFlags('permissions.network', flags);
  if (allow !== undefined && typeof allow !== 'function')
    throw badArgument(`createLua: permissions.network.allow is a function, not ${String(allow)}`);
  return new Network(network);
}

/** A name that is mistaken would leave out what it was to permit, or to bound. */
function checkNames(where: string, value: object, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null)
    throw badArgument(`createLua: ${where} is an object, not ${String(value)}`);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw badArgument(`createLua: ${where} has ${names.join(', ')}, and no ${unknown}`);
}

function checkFlags(where: string, flags: Readonly<Record<string, unknown>>): void {
  for (const [name, flag] of Object.entries(flags))
    if (flag !== undefined && typeof flag !== 'boolean')
      throw badArgument(`createLua: ${where}.${name} is true or false, not ${String(flag)}`);
}
