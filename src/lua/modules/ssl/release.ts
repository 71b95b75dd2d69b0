/** The release of LuaSec that the modules follow. */
export const LUASEC = '1.3.2';
