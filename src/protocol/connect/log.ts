/** How a program watches a conversation: the same for every protocol, which covers its own secrets. */

/** Called with each line of a dialogue, without its end and without secrets; `'>'` goes to the server. */
export type DialogueLog = (direction: '>' | '<', line: string) => void;
