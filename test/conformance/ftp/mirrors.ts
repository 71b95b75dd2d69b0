export const cases: readonly import('../support.ts').Case[] = [];
